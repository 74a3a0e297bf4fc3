import type { Flow, State } from './definition';
import { referencesOf } from './expression-references';
import type { QueryTemplate } from './query-template';

/**
 * Problems of what the expressions refer to: variables that no path has assigned, outer variables in the
 * children of a Distributed Map, `$states` members where they have no value, functions that do not exist.
 * A variable counts as assigned when any path to the state assigns it.
 * https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 */
export function checkReferences(flow: Flow): string[] {
  return checkScope(flow, { visible: new Set(), hidden: new Set() });
}

interface OuterScope {
  /** Outer variables that this flow can read but not assign. */
  readonly visible: ReadonlySet<string>;
  /** Outer variables that a Distributed Map hides from its children. */
  readonly hidden: ReadonlySet<string>;
}

function checkScope(flow: Flow, outer: OuterScope): string[] {
  const assignedBefore = assignedOnEntry(flow);
  const problems: string[] = [];
  for (const state of flow.states.values()) {
    const own = assignedBefore.get(state.name) ?? new Set();
    const known = new Set([...outer.visible, ...own]);
    for (const name of assignedBy(state)) {
      if (outer.visible.has(name)) {
        problems.push(
          `State '${state.name}' assigns $${name}, which belongs to the scope around it and can only be read`,
        );
      }
    }
    for (const use of usesOf(state)) problems.push(...checkUse(state, use, known, outer));
    if (state.type === 'Parallel') {
      for (const branch of state.branches) problems.push(...checkScope(branch, { ...outer, visible: known }));
    }
    if (state.type === 'Map') {
      const inner =
        state.distributed === undefined
          ? { ...outer, visible: known }
          : { visible: new Set<string>(), hidden: new Set([...outer.hidden, ...known]) };
      problems.push(...checkScope(state.processor, inner));
    }
  }
  return problems;
}

/** A field and which of `$states.result` and `$states.errorOutput` has a value there. */
interface Use {
  readonly template: QueryTemplate | undefined;
  readonly allows: 'result' | 'errorOutput' | 'neither';
}

function usesOf(state: State): Use[] {
  const plain = (...templates: (QueryTemplate | undefined)[]): Use[] =>
    templates.map((template) => ({ template, allows: 'neither' }));
  const hasResult = 'catchers' in state;
  const uses: Use[] = [state.assign, state.output].map((template) => ({
    template,
    allows: hasResult ? 'result' : 'neither',
  }));
  if (hasResult) {
    uses.push(...plain(state.arguments));
    for (const catcher of state.catchers) {
      uses.push(
        { template: catcher.assign, allows: 'errorOutput' },
        { template: catcher.output, allows: 'errorOutput' },
      );
    }
  }
  switch (state.type) {
    case 'Task':
      return [...uses, ...plain(state.timeoutSeconds)];
    case 'Map':
      return [
        ...uses,
        ...plain(state.items, state.itemSelector, state.maxConcurrency),
        ...plain(state.distributed?.toleratedFailureCount, state.distributed?.toleratedFailurePercentage),
      ];
    case 'Choice':
      return [...uses, ...state.rules.flatMap((rule) => plain(rule.condition, rule.assign, rule.output))];
    case 'Wait':
      return [...uses, ...plain(state.seconds, state.timestamp)];
    case 'Fail':
      return [...uses, ...plain(state.error, state.cause)];
    case 'Parallel':
    case 'Pass':
    case 'Succeed':
      return uses;
  }
}

function checkUse(state: State, use: Use, known: ReadonlySet<string>, outer: OuterScope): string[] {
  return (use.template?.expressions ?? []).flatMap((expression) => {
    const references = referencesOf(expression);
    const place = `State '${state.name}', ${expression.location}:`;
    const problems = references.refusals.map((refusal) => `${place} the expression ${refusal}`);
    for (const name of references.variables) {
      if (known.has(name)) continue;
      problems.push(
        outer.hidden.has(name)
          ? `${place} $${name} belongs to the machine around the DISTRIBUTED Map, whose children see no outer variables`
          : `${place} the variable $${name} is not assigned on any path to the state`,
      );
    }
    for (const member of references.states) {
      if (member === 'input' || member === 'context' || member === '*' || member === use.allows) continue;
      problems.push(
        `${place} $states.${member} has no value ${state.type === 'Choice' ? 'in a Choice' : 'here'}`,
      );
    }
    return problems;
  });
}

function assignedBy(state: State): string[] {
  const rules = state.type === 'Choice' ? state.rules : [];
  const catchers = 'catchers' in state ? state.catchers : [];
  return [...state.assigned, ...[...rules, ...catchers].flatMap((clause) => clause.assigned)];
}

/** For each state of a flow, the variables that some path to it assigns: a fixpoint over the transitions. */
function assignedOnEntry(flow: Flow): Map<string, Set<string>> {
  const onEntry = new Map([...flow.states.keys()].map((name) => [name, new Set<string>()]));
  let changed = true;
  const flowInto = (target: string | undefined, names: Iterable<string>) => {
    const known = target === undefined ? undefined : onEntry.get(target);
    if (known === undefined) return;
    for (const name of names) {
      changed ||= !known.has(name);
      known.add(name);
    }
  };
  while (changed) {
    changed = false;
    for (const state of flow.states.values()) {
      const before = onEntry.get(state.name) ?? new Set();
      flowInto(state.next, [...before, ...state.assigned]);
      if ('catchers' in state) {
        for (const catcher of state.catchers) flowInto(catcher.next, [...before, ...catcher.assigned]);
      }
      if (state.type === 'Choice') {
        for (const rule of state.rules) flowInto(rule.next, [...before, ...rule.assigned]);
        flowInto(state.default, [...before, ...state.assigned]);
      }
    }
  }
  return onEntry;
}
