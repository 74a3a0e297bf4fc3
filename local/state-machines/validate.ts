import validateSchema from 'asl-validator';
import { checkReferences } from './check-references';
import type { Definition, Flow, State } from './definition';
import { parseDefinition } from './parse-definition';
import { parseResource } from './task-resource';

export type MachineType = 'STANDARD' | 'EXPRESS';

/**
 * Reads and checks a definition. Refused is what asl-validator refuses, what AWS refuses at creation, what
 * AWS would only fail on at run time although it can be seen now, and what this interpreter does not model.
 * Throws one Error that names the machine and lists every problem by state.
 */
export function loadDefinition(machine: string, type: MachineType, text: string): Definition {
  const problems = placeholderProblems(text);
  let definition: Definition | undefined;
  if (problems.length === 0) {
    try {
      definition = parseDefinition(text);
      problems.push(...checkFlow(definition.flow, type), ...checkReferences(definition.flow));
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
    if (problems.length === 0) problems.push(...schemaProblems(text));
  }
  if (definition === undefined || problems.length > 0) {
    throw new Error(
      `The state machine ${machine} cannot run. ${problems.map((problem) => `${problem}.`).join(' ')}`,
    );
  }
  return definition;
}

function placeholderProblems(text: string): string[] {
  const names = new Set([...text.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1]));
  return [...names].map((name) => `The placeholder \${${name}} has no value`);
}

function schemaProblems(text: string): string[] {
  const result = validateSchema(JSON.parse(text), { checkPaths: false, checkArn: true });
  return result.isValid ? [] : [result.errorsText('; ')];
}

/** Problems of the graph and of single states, in this flow and those within it. */
function checkFlow(flow: Flow, type: MachineType, seen = new Set<string>()): string[] {
  const problems: string[] = [];
  const targets = new Set([flow.startAt]);
  if (!flow.states.has(flow.startAt))
    problems.push(`StartAt names '${flow.startAt}', which is no state beside it`);
  for (const state of flow.states.values()) {
    if (seen.has(state.name))
      problems.push(`State '${state.name}' exists twice; names are unique in a machine`);
    seen.add(state.name);
    for (const target of targetsOf(state)) {
      targets.add(target);
      if (!flow.states.has(target))
        problems.push(`State '${state.name}' goes to '${target}', which is no state beside it`);
    }
    problems.push(...checkState(state, type).map((problem) => `State '${state.name}' ${problem}`));
    for (const inner of innerFlows(state)) {
      problems.push(...checkFlow(inner, innerType(state, type), seen));
    }
  }
  for (const name of flow.states.keys()) {
    if (!targets.has(name)) problems.push(`State '${name}' can never be reached`);
  }
  return problems;
}

function targetsOf(state: State): string[] {
  const targets = state.next === undefined ? [] : [state.next];
  if (state.type === 'Choice') {
    targets.push(
      ...state.rules.map((rule) => rule.next),
      ...(state.default === undefined ? [] : [state.default]),
    );
  }
  if ('catchers' in state) targets.push(...state.catchers.map((catcher) => catcher.next));
  return targets;
}

/** The flows within a state: a Parallel's branches, a Map's processor. */
function innerFlows(state: State): readonly Flow[] {
  if (state.type === 'Parallel') return state.branches;
  return state.type === 'Map' ? [state.processor] : [];
}

/** The children of a Distributed Map have a type of their own. */
function innerType(state: State, type: MachineType): MachineType {
  return state.type === 'Map' && state.distributed !== undefined ? state.distributed.executionType : type;
}

function checkState(state: State, type: MachineType): string[] {
  const problems: string[] = [];
  if ('retriers' in state) {
    problems.push(...wildcardProblems('Retry', state.retriers), ...wildcardProblems('Catch', state.catchers));
  }
  if (state.type === 'Wait' && (state.seconds === undefined) === (state.timestamp === undefined)) {
    problems.push('must have either Seconds or Timestamp');
  }
  if (state.type === 'Choice' && state.rules.length === 0) problems.push('has no Choices');
  if (state.type === 'Parallel' && state.branches.length === 0) problems.push('has no Branches');
  if (state.type === 'Map' && state.distributed !== undefined && type === 'EXPRESS') {
    problems.push('is a DISTRIBUTED Map, which AWS does not run in an Express workflow');
  }
  if (state.type === 'Task') {
    const resource = parseResource(state.resource);
    if (typeof resource === 'string') {
      const pattern = ['.sync', '.waitForTaskToken'].find((suffix) => state.resource.includes(suffix));
      problems.push(
        pattern !== undefined && type === 'EXPRESS'
          ? `waits with ${pattern}, which AWS does not support in an Express workflow`
          : resource,
      );
    }
  }
  return problems;
}

function wildcardProblems(
  field: string,
  clauses: readonly { readonly errorEquals: readonly string[] }[],
): string[] {
  return clauses.flatMap((clause, index) => {
    if (!clause.errorEquals.includes('States.ALL')) return [];
    const problems: string[] = [];
    if (clause.errorEquals.length > 1)
      problems.push(`names States.ALL in ${field}[${index}] beside other errors; it must stand alone`);
    if (index < clauses.length - 1)
      problems.push(`names States.ALL in ${field}[${index}], which must be the last`);
    return problems;
  });
}
