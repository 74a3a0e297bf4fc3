import type { Clock } from '../clock';
import type { Service } from '../service';
import { ServiceError } from '../service';
import { administratorActions } from './administrator-actions';
import type { ClientSettings, PoolSettings } from './settings';
import { signInActions } from './sign-in-actions';
import { UserPool } from './user-pool';

export interface UserPoolsOptions {
  readonly clock: Clock;
  /** Where people, sessions and keys are kept across restarts; in memory only without it. */
  readonly dataDir?: string;
}

/** Cognito: the user pools of a template, their app clients and the domains of their hosted sign-in. */
export class UserPools {
  readonly #options: UserPoolsOptions;
  readonly #pools = new Map<string, UserPool>();
  readonly #domains = new Map<string, UserPool>();

  constructor(options: UserPoolsOptions) {
    this.#options = options;
  }

  declare(settings: PoolSettings): UserPool {
    const pool = new UserPool(settings, this.#options);
    this.#pools.set(settings.id, pool);
    return pool;
  }

  declareDomain(prefix: string, poolId: string): void {
    if (this.#domains.has(prefix)) throw new Error(`Two user pools have the domain "${prefix}"`);
    this.#domains.set(prefix, this.pool(poolId));
  }

  /** @throws ResourceNotFoundException */
  pool(id: string): UserPool {
    const pool = this.#pools.get(id);
    if (pool === undefined)
      throw new ServiceError('ResourceNotFoundException', `User pool ${id} does not exist.`);
    return pool;
  }

  all(): UserPool[] {
    return [...this.#pools.values()];
  }

  /** The pool of a client, for calls that name no pool. @throws ResourceNotFoundException */
  ofClient(clientId: string): { pool: UserPool; client: ClientSettings } {
    for (const pool of this.#pools.values()) {
      const client = pool.clients.get(clientId);
      if (client !== undefined) return { pool, client };
    }
    throw new ServiceError('ResourceNotFoundException', `User pool client ${clientId} does not exist.`);
  }

  /** By the prefix of its domain, e.g. `parley-dev-000000000000`. */
  ofDomain(prefix: string): UserPool | undefined {
    return this.#domains.get(prefix);
  }

  service(): Service {
    return {
      name: 'cognito-idp',
      actions: { ...administratorActions(this), ...signInActions(this) },
    };
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close();
  }
}
