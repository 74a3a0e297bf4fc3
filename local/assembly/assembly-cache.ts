import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { inputsHash } from './inputs-hash';
import { synth, synthContext } from './synth';

export interface PreparedAssembly {
  readonly directory: string;
  /** Whether an earlier synthesis of the same inputs was used. */
  readonly reused: boolean;
}

const KEEP = 5;
/** An assembly that was used this recently may be in use by another process; milliseconds. */
const RECENT = 3_600_000;

/**
 * The cloud assembly of the app in `root` with this context: reused when nothing that the app reads has changed,
 * else synthesized into `.parley/assembly/<hash>`. Starts at the same time do not disturb each other: each
 * synthesizes aside, and the first to finish wins.
 * @param context as `cdk -c` gives it; `onSynth` is called before a synthesis, which takes seconds
 * @throws SynthError when the app fails
 */
export async function prepareAssembly(
  root: string,
  context: Readonly<Record<string, string>>,
  onSynth: () => void = () => {},
): Promise<PreparedAssembly> {
  const folder = path.join(root, '.parley', 'assembly');
  const whole = synthContext(root, context);
  const directory = path.join(folder, inputsHash(root, whole));
  if (existsSync(directory)) {
    keepFresh(directory);
    return { directory, reused: true };
  }
  onSynth();
  mkdirSync(folder, { recursive: true });
  const aside = mkdtempSync(path.join(folder, 'synth-'));
  try {
    await synth(root, whole, aside);
    // Lambda takes .js files for CommonJS unless the asset says otherwise, whatever the project around it says.
    writeFileSync(path.join(aside, 'package.json'), '{"type":"commonjs"}\n');
    moveInto(aside, directory);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  keepFresh(directory);
  prune(folder);
  return { directory, reused: false };
}

/** Marks the assembly as in use now, so that no other start deletes it. Long-running processes repeat this. */
export function keepFresh(directory: string): void {
  const now = new Date();
  try {
    utimesSync(directory, now, now);
  } catch {
    // Deleted meanwhile, e.g. by a person: those who read it next will say so.
  }
}

function moveInto(aside: string, directory: string): void {
  try {
    renameSync(aside, directory);
  } catch (error) {
    // Somebody else has just put the same assembly there.
    if (!existsSync(path.join(directory, 'manifest.json'))) throw error;
  }
}

/** Deletes all but the newest few, and what a killed synthesis left. */
function prune(folder: string): void {
  const entries = readdirSync(folder)
    .map((name) => ({ name, used: usedAt(path.join(folder, name)) }))
    .sort((a, b) => b.used - a.used);
  const assemblies = entries.filter(({ name }) => !name.startsWith('synth-'));
  const abandoned = entries.filter(({ name }) => name.startsWith('synth-'));
  for (const { name, used } of [...assemblies.slice(KEEP), ...abandoned]) {
    if (Date.now() - used > RECENT) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

function usedAt(directory: string): number {
  return statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
