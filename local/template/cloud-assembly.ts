import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isObject, type JsonObject } from '../json/json';
import { expectString } from './intrinsics';
import { at } from './template-error';

/** One stack of a synthesized CDK app. */
export interface StackSource {
  readonly name: string;
  readonly template: JsonObject;
}

export interface CloudAssembly {
  /** In dependency order: a stack comes after those whose exports it imports. */
  readonly stacks: readonly StackSource[];
  /**
   * The directory of the asset that a Lambda function's resolved `Code` names by `S3Key`.
   * Throws Error for code that is not an asset of this assembly (inline, or a bucket of somebody else).
   */
  assetDirectory(code: JsonObject): string;
}

/** Artifacts of a manifest that describe the app rather than deploy something. */
const DESCRIPTIVE = ['cdk:tree', 'cdk:feature-flag-report', 'cdk:validation-report'];

/**
 * Reads the cloud assembly (`cdk.out`) in `directory`.
 * Throws TemplateError where it holds what the runtime does not model, e.g. nested assemblies.
 * https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/cloud-assembly-schema/README.md
 */
export function readCloudAssembly(directory: string): CloudAssembly {
  const artifacts = objectAt(readJson(path.join(directory, 'manifest.json')), 'artifacts');
  const stacks: StackSource[] = [];
  const assets = new Map<string, string>();
  for (const id of dependencyOrder(artifacts)) {
    const artifact = objectAt(artifacts, id);
    const properties = objectAt(artifact, 'properties');
    const type = stringAt(artifact, 'type');
    if (type === 'aws:cloudformation:stack') {
      const name = typeof properties['stackName'] === 'string' ? properties['stackName'] : id;
      stacks.push({ name, template: readJson(path.join(directory, stringAt(properties, 'templateFile'))) });
    } else if (type === 'cdk:asset-manifest') {
      const manifest = readJson(path.join(directory, stringAt(properties, 'file')));
      at(id, () => readAssets(manifest, directory, assets));
    } else if (!DESCRIPTIVE.includes(type)) {
      at(id, () => {
        throw new Error(`an artifact of type ${type} is not modelled by the local runtime`);
      });
    }
  }
  return {
    stacks,
    assetDirectory: (code) => {
      const found = typeof code['S3Key'] === 'string' ? assets.get(code['S3Key']) : undefined;
      if (found !== undefined) return found;
      throw new Error(`Code is no directory asset of this assembly: ${JSON.stringify(code).slice(0, 200)}`);
    },
  };
}

/** Collects the directories of a stack's file assets by the S3 key under which they would be published. */
function readAssets(manifest: JsonObject, directory: string, assets: Map<string, string>): void {
  if (Object.keys(objectAt(manifest, 'dockerImages')).length > 0) {
    throw new Error('container image assets are not modelled by the local runtime');
  }
  const files = objectAt(manifest, 'files');
  for (const id of Object.keys(files)) {
    const source = objectAt(objectAt(files, id), 'source');
    // Packaging "file" is the template itself, or something that no Lambda function can have as its code.
    if (source['packaging'] !== 'zip') continue;
    const destinations = objectAt(objectAt(files, id), 'destinations');
    for (const destination of Object.keys(destinations)) {
      const key = objectAt(destinations, destination)['objectKey'];
      if (typeof key === 'string') assets.set(key, path.resolve(directory, stringAt(source, 'path')));
    }
  }
}

/** The artifact ids, each after those it depends on, otherwise in the manifest's order. */
function dependencyOrder(artifacts: JsonObject): string[] {
  const ordered = new Set<string>();
  const visit = (id: string, path: readonly string[]) => {
    if (ordered.has(id)) return;
    if (path.includes(id)) throw new Error(`the artifacts ${[...path, id].join(' → ')} depend on each other`);
    const dependencies = objectAt(artifacts, id)['dependencies'];
    for (const dependency of Array.isArray(dependencies) ? dependencies : [])
      visit(expectString(dependency, 'dependencies'), [...path, id]);
    ordered.add(id);
  };
  for (const id of Object.keys(artifacts)) visit(id, []);
  return [...ordered];
}

function readJson(file: string): JsonObject {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isObject(content)) throw new Error(`${file} holds no JSON object`);
  return content;
}

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key] ?? {};
  if (!isObject(value)) throw new Error(`${key} is no object`);
  return value;
}

function stringAt(parent: JsonObject, key: string): string {
  return expectString(parent[key], key);
}
