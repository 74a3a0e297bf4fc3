import { KNOWN_FUNCTIONS } from './jsonata-functions';
import type { JsonataExpression } from './jsonata-expression';

/** What one expression refers to outside itself, and what in it AWS would refuse. */
export interface References {
  /** Variables that must have been assigned, without `$`. */
  readonly variables: ReadonlySet<string>;
  /** Members of `$states` that it reads: `input`, `result`, `errorOutput`, `context`, or all of them by bare `$states`. */
  readonly states: ReadonlySet<string>;
  /** Sentences about what cannot run, e.g. `calls $eval, which Step Functions disables`. */
  readonly refusals: readonly string[];
}

/** Reads an expression's syntax tree. Names bound within it (parameters, `:=`, `@$`, `#$`) are its own. */
export function referencesOf(expression: JsonataExpression): References {
  const walk = new Walk();
  walk.visit(expression.ast(), new Set(), false);
  return walk;
}

class Walk implements References {
  readonly variables = new Set<string>();
  readonly states = new Set<string>();
  readonly refusals: string[] = [];

  /**
   * @param bound names bound by the expression so far; a block adds to a copy of its own
   * @param hasContext whether a name means a member of something: false at the top level, where AWS has no input
   */
  visit(node: unknown, bound: Set<string>, hasContext: boolean): void {
    if (Array.isArray(node)) {
      for (const element of node) this.visit(element, bound, hasContext);
      return;
    }
    if (!isNode(node)) return;
    switch (node.type) {
      case 'path':
        return this.#path(node, bound, hasContext);
      case 'variable':
        this.#variable(String(node.value), bound, hasContext);
        break;
      case 'name':
        if (!hasContext)
          this.refusals.push(`refers to '${String(node.value)}' at the top level, where there is no input`);
        break;
      case 'wildcard':
      case 'descendant':
        if (!hasContext) this.refusals.push('uses a wildcard at the top level, where there is no input');
        break;
      case 'lambda': {
        const inner = new Set(bound);
        const parameters: unknown[] = Array.isArray(node.arguments) ? node.arguments : [];
        for (const parameter of parameters) if (isNode(parameter)) inner.add(String(parameter.value));
        return this.visit(node.body, inner, hasContext);
      }
      case 'block': {
        const inner = new Set(bound);
        return this.visit(node.expressions, inner, hasContext);
      }
      case 'bind':
        if (isNode(node.lhs)) bound.add(String(node.lhs.value));
        return this.visit(node.rhs, bound, hasContext);
      case 'function':
      case 'partial':
        return this.#call(node, bound, hasContext);
      case 'transform':
        this.visit(node.pattern, bound, true);
        this.visit(node.update, bound, true);
        return this.visit(node.delete, bound, true);
    }
    this.#parts(node, bound, hasContext);
  }

  /** Everything below a node whose members share its context. */
  #parts(node: AnyNode, bound: Set<string>, hasContext: boolean): void {
    for (const part of [
      node.lhs,
      node.rhs,
      node.expressions,
      node.expression,
      node.arguments,
      node.condition,
    ]) {
      this.visit(part, bound, hasContext);
    }
    for (const part of [node.then, node.else]) this.visit(part, bound, hasContext);
    for (const part of [node.terms, node.expr, node.stages, node.predicate]) this.visit(part, bound, true);
    this.visit(node.group, bound, true);
    this.#tupleNames(node, bound);
  }

  #path(node: AnyNode, bound: Set<string>, hasContext: boolean): void {
    const inner = new Set(bound);
    const steps: unknown[] = node.steps ?? [];
    const [first, second] = steps;
    if (isNode(first) && first.type === 'variable' && first.value === 'states' && isNode(second)) {
      if (second.type === 'name') this.states.add(String(second.value));
      else this.states.add('*');
      this.#parts(first, inner, hasContext);
    } else {
      this.visit(first, inner, hasContext);
    }
    this.visit(steps.slice(1), inner, true);
    this.visit(node.group, inner, true);
  }

  #variable(name: string, bound: Set<string>, hasContext: boolean): void {
    if (name === '$') this.refusals.push('refers to $$, which Step Functions does not support');
    else if (name === '') {
      if (!hasContext) this.refusals.push('refers to $ at the top level, where there is no input');
    } else if (name === 'states') this.states.add('*');
    else if (name === 'eval')
      this.#call({ type: 'function', procedure: { type: 'variable', value: name } }, bound, true);
    else if (!bound.has(name) && !KNOWN_FUNCTIONS.has(name)) this.variables.add(name);
  }

  #call(node: AnyNode, bound: Set<string>, hasContext: boolean): void {
    const procedure = node.procedure;
    if (isNode(procedure) && procedure.type === 'variable') {
      const name = String(procedure.value);
      if (name === 'eval') this.refusals.push('calls $eval, which Step Functions disables; use $parse');
      else if (!bound.has(name) && !KNOWN_FUNCTIONS.has(name))
        this.refusals.push(`calls the unknown function $${name}`);
    } else {
      this.visit(procedure, bound, hasContext);
    }
    this.visit(node.arguments, bound, hasContext);
    this.visit(node.predicate, bound, true);
    this.visit(node.group, bound, true);
  }

  /** `@$name` and `#$name` bind a name for the steps that follow. */
  #tupleNames(node: AnyNode, bound: Set<string>): void {
    for (const name of [node.focus, node.index]) if (typeof name === 'string') bound.add(name);
  }
}

/** jsonata's own types leave out half of the members that its parser writes. */
interface AnyNode {
  readonly steps?: unknown[];
  readonly [member: string]: unknown;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
