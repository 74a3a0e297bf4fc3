import type { Json, JsonObject } from '../json/json';
import { OPERATOR, type Caller, type ServiceError } from '../service';
import { accessOf, CHECKED_SERVICES } from './api-access';
import { accessDenied, contextOf, reasonOf, roleArn } from './caller';
import { evaluate } from './evaluation';
import { pairsOf, parsePolicy, type Match, type Statement } from './policy';

/** An action on a resource that a role may do, as the statement in the template spells both. */
export interface Grant extends Match {
  /** The role's name. */
  readonly role: string;
  /** Who acts as the role, e.g. `function connect`; nobody where the runtime does without it. */
  readonly users: readonly string[];
  /** False for what is never asked for on this machine: X-Ray, log delivery, encryption, buckets. */
  readonly checked: boolean;
  /** Whether some call of this process was allowed by it. */
  readonly used: boolean;
}

interface Role {
  readonly name: string;
  readonly trust: readonly Statement[];
  readonly users: string[];
}

interface GrantUse extends Match {
  used: boolean;
}

interface Decision {
  /** The role's grant that allowed it; none where the resource's policy did. */
  readonly grant?: GrantUse | undefined;
  readonly refusal?: ServiceError;
}

/** Decisions that are remembered. One message asks for some 25 of them, always the same. */
const MAX_DECISIONS = 10_000;

/**
 * The roles and policies of the template, and what they allow. The operator, and whoever else holds no key of a role,
 * may do everything.
 */
export class Iam {
  readonly #roles = new Map<string, Role>();
  /** By role name: a policy may be declared before the role that it is attached to. */
  readonly #ofRoles = new Map<string, Statement[]>();
  /** By the ARN of the resource that has the policy. */
  readonly #ofResources = new Map<string, Statement[]>();
  /** What a role's statement grants, by `<action> <resource>`. */
  readonly #grants = new Map<Statement, ReadonlyMap<string, GrantUse>>();
  readonly #decisions = new Map<string, Decision>();
  readonly #onRefusal: (message: string) => void;

  /** @param onRefusal told of each kind of call that is refused, once */
  constructor(onRefusal: (message: string) => void = () => {}) {
    this.#onRefusal = onRefusal;
  }

  /** @throws Error for a trust policy that is not modelled */
  declareRole(name: string, trustPolicy: Json | undefined): void {
    this.#roles.set(roleArn(name), { name, trust: parsePolicy(trustPolicy, 'trust'), users: [] });
  }

  /**
   * Gives a role a policy.
   * @throws Error for a document that is not modelled
   */
  attach(roleName: string, document: Json | undefined): void {
    const statements = parsePolicy(document, 'identity', isAskedFor);
    for (const statement of statements.filter(({ effect }) => effect === 'Allow')) {
      const grants = pairsOf(statement).map((pair) => [keyOf(pair), { ...pair, used: false }] as const);
      this.#grants.set(statement, new Map(grants));
    }
    this.#ofRoles.set(roleName, [...(this.#ofRoles.get(roleName) ?? []), ...statements]);
    this.#decisions.clear();
  }

  /**
   * Gives a resource a policy of its own, e.g. a queue.
   * @throws Error for a document that is not modelled
   */
  attachToResource(resourceArn: string, document: Json | undefined): void {
    const statements = parsePolicy(document, 'resource', isAskedFor);
    this.#ofResources.set(resourceArn, [...(this.#ofResources.get(resourceArn) ?? []), ...statements]);
    this.#decisions.clear();
  }

  /**
   * Takes down that somebody acts as a role.
   * @param user e.g. `function connect`
   * @param service that takes the role for it, e.g. `lambda.amazonaws.com`
   * @param sourceArn of the user
   * @throws Error when the template has no such role, or the role does not trust the service
   */
  assume(arn: string, user: string, service: string, sourceArn: string): void {
    const role = this.#roles.get(arn);
    if (role === undefined) throw new Error(`the role ${arn} of ${user} is not in the template`);
    const caller = { principal: service, sourceArn };
    const request = { ...caller, action: 'sts:AssumeRole', resource: arn, context: contextOf(caller) };
    if (evaluate(request, [], role.trust).outcome !== 'allowed') {
      throw new Error(
        `${user} cannot take the role ${role.name}: its trust policy does not allow sts:AssumeRole to ${service}`,
      );
    }
    if (!role.users.includes(user)) role.users.push(user);
  }

  /** As Services.authorize: throws ServiceError AccessDeniedException where the caller may not do that. */
  authorize(service: string, action: string, input: JsonObject, caller: Caller): void {
    if (caller.principal === OPERATOR.principal) return;
    const access = accessOf(service, action, input);
    if (access === undefined) {
      const reason = 'because the local runtime does not know which permission it needs';
      throw accessDenied(service, caller, `${service}:${action}`, '*', reason);
    }
    const decisions = access.resources.map((one) => this.#decision(service, access.action, one, caller));
    for (const { refusal } of decisions) if (refusal !== undefined) throw refusal;
    for (const { grant } of decisions) if (grant !== undefined) grant.used = true;
  }

  /** Every grant of every role, in the template's order, and whether it was of use. */
  usage(): Grant[] {
    return [...this.#roles.values()].flatMap(({ name, users }) =>
      (this.#ofRoles.get(name) ?? []).flatMap((statement) =>
        [...(this.#grants.get(statement)?.values() ?? [])].map((grant) => ({
          role: name,
          users,
          ...grant,
          checked: isChecked(grant.action),
        })),
      ),
    );
  }

  #decision(service: string, action: string, resource: string, caller: Caller): Decision {
    const key = `${caller.principal} ${caller.sourceArn ?? ''} ${action} ${resource}`;
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const decision = this.#decide(service, action, resource, caller);
    if (this.#decisions.size >= MAX_DECISIONS) this.#decisions.clear();
    this.#decisions.set(key, decision);
    if (decision.refusal !== undefined) this.#onRefusal(decision.refusal.message);
    return decision;
  }

  #decide(service: string, action: string, resource: string, caller: Caller): Decision {
    const { principal } = caller;
    const evaluation = evaluate(
      { principal, action, resource, context: contextOf(caller) },
      this.#ofRoles.get(this.#roles.get(principal)?.name ?? '') ?? [],
      this.#ofResources.get(resource) ?? [],
    );
    if (evaluation.outcome === 'allowed') {
      return { grant: this.#grants.get(evaluation.statement)?.get(keyOf(evaluation.match)) };
    }
    const reason = reasonOf(evaluation, caller, action);
    return { refusal: accessDenied(service, caller, action, resource, reason) };
  }
}

/** Whether some call of this machine can have an action that a policy spells like this. */
function isAskedFor(action: string): boolean {
  return /^[^:]*[*?]/.test(action) || CHECKED_SERVICES.includes(serviceOf(action));
}

/** Functions and state machines write their logs here without asking. */
function isChecked(action: string): boolean {
  return serviceOf(action) !== 'logs' && isAskedFor(action);
}

function serviceOf(action: string): string {
  return action.toLowerCase().split(':', 1)[0] ?? '';
}

function keyOf({ action, resource }: Match): string {
  return `${action} ${resource}`;
}
