import { isObject, type Json, type JsonObject } from '../json/json';
import { refuseOthers } from '../json/members';
import { parseConditions, type Condition, type RequestContext } from './conditions';
import { parsePrincipals, type Principals } from './principals';
import { parsePattern, type Pattern } from './wildcards';

/** One thing that somebody wants to do. */
export interface AccessRequest {
  /** A role's ARN, or a service such as `events.amazonaws.com`. */
  readonly principal: string;
  /** e.g. `dynamodb:GetItem` */
  readonly action: string;
  /** An ARN, or `*` for an action that concerns no one resource. */
  readonly resource: string;
  readonly context: RequestContext;
}

/** Either what is meant, or (`except`) everything but that. */
interface Elements {
  readonly except: boolean;
  readonly patterns: readonly Pattern[];
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Elements;
  readonly resources: Elements;
  readonly conditions: readonly Condition[];
  /** Of policies of resources and trust policies only. */
  readonly principals: Principals | undefined;
}

/** Which action and which resource of a statement, as it spells them, take a request. */
export interface Match {
  readonly action: string;
  readonly resource: string;
}

export type PolicyKind = 'identity' | 'resource' | 'trust';

const VERSIONS = ['2012-10-17', '2008-10-17'];

/**
 * Reads a policy document, with its intrinsics resolved.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @param concerns whether any call of this machine can have such an action: the conditions of a statement about others
 *   are never asked for and not read
 * @throws Error for what is malformed or not modelled
 */
export function parsePolicy(
  document: Json | undefined,
  kind: PolicyKind,
  concerns: (action: string) => boolean = () => true,
): Statement[] {
  if (!isObject(document)) throw new Error('a policy document must be an object');
  refuseOthers('a policy document', document, ['Version', 'Id', 'Statement']);
  const version = document['Version'] ?? '2008-10-17';
  if (!VERSIONS.some((known) => known === version)) {
    throw new Error(`the policy version ${JSON.stringify(version)} is not modelled`);
  }
  const statements = document['Statement'] ?? [];
  return (Array.isArray(statements) ? statements : [statements]).map((statement) => {
    if (!isObject(statement)) throw new Error('a statement of a policy must be an object');
    return parseStatement(statement, kind, concerns);
  });
}

/** The element of the statement that takes the request; undefined when the statement is not about it. */
export function matchOf(statement: Statement, request: AccessRequest): Match | undefined {
  const action = element(statement.actions, request.action);
  if (action === undefined) return undefined;
  const resource = element(statement.resources, request.resource);
  if (resource === undefined) return undefined;
  if (statement.principals?.match(request.principal, statement.effect) === false) return undefined;
  return statement.conditions.every((holds) => holds(request.context)) ? { action, resource } : undefined;
}

/** All pairs of action and resource that a statement names, as `matchOf` gives them. */
export function pairsOf({ actions, resources }: Statement): Match[] {
  return spelt(actions).flatMap((action) => spelt(resources).map((resource) => ({ action, resource })));
}

function element({ except, patterns }: Elements, value: string): string | undefined {
  const found = patterns.find((pattern) => pattern.matches(value));
  if (except) return found === undefined ? allBut(patterns) : undefined;
  return found?.text;
}

function spelt({ except, patterns }: Elements): string[] {
  return except ? [allBut(patterns)] : patterns.map(({ text }) => text);
}

function allBut(patterns: readonly Pattern[]): string {
  return `all but ${patterns.map(({ text }) => text).join(', ')}`;
}

function parseStatement(
  statement: JsonObject,
  kind: PolicyKind,
  concerns: (action: string) => boolean,
): Statement {
  refuseOthers('a statement', statement, [
    'Sid',
    'Effect',
    'Action',
    'NotAction',
    ...(kind === 'trust' ? [] : ['Resource', 'NotResource']),
    ...(kind === 'identity' ? [] : ['Principal']),
    'Condition',
  ]);
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw new Error('the Effect of a statement is Allow or Deny');
  const actions = elements(statement, 'Action', { ignoreCase: true });
  const isConcerned = actions.except || actions.patterns.some(({ text }) => concerns(text));
  return {
    effect,
    actions,
    resources:
      kind === 'trust' ? { except: false, patterns: [parsePattern('*')] } : elements(statement, 'Resource'),
    conditions: isConcerned ? parseConditions(statement['Condition']) : [],
    principals: kind === 'identity' ? undefined : parsePrincipals(statement['Principal']),
  };
}

function elements(statement: JsonObject, name: string, options?: { readonly ignoreCase: boolean }): Elements {
  const given = statement[name];
  const excepted = statement[`Not${name}`];
  if ((given === undefined) === (excepted === undefined)) {
    throw new Error(`a statement has one of ${name} and Not${name}`);
  }
  const value = given ?? excepted ?? [];
  const patterns = (Array.isArray(value) ? value : [value]).map((text) => {
    if (typeof text !== 'string' || text === '') throw new Error(`${name} of a statement must be text`);
    return parsePattern(text, options);
  });
  if (patterns.length === 0) throw new Error(`${name} of a statement is empty`);
  return { except: excepted !== undefined, patterns };
}
