import type { Grant } from '../../local/iam/iam';
import { readUsage } from '../../local/iam/usage-record';

/** What the template's roles may do, and what of it was ever of use. */
export interface IamAudit {
  /** Whether there is a record of use; without one nothing is known of it. */
  readonly recorded: boolean;
  /** How many grants were never used, those apart not counted. */
  readonly unused: number;
  readonly grants: readonly AuditedGrant[];
}

export interface AuditedGrant {
  /** e.g. `function connect`, or the name of a role that nothing on this machine takes. */
  readonly user: string;
  readonly action: string;
  readonly resource: string;
  /** `apart`: nothing on this machine asks for it. */
  readonly use: 'used' | 'unused' | 'unknown' | 'apart';
}

/** @param record the folder in which processes recorded what they used */
export function auditOf(grants: readonly Grant[], record: string): IamAudit {
  const wasUsed = readUsage(record);
  const audited = grants.map((grant) => ({
    user: grant.users.length === 0 ? `role ${grant.role}` : grant.users.join(', '),
    action: grant.action,
    resource: grant.resource,
    use: useOf(grant, wasUsed),
  }));
  return {
    recorded: wasUsed !== undefined,
    unused: audited.filter(({ use }) => use === 'unused').length,
    grants: audited,
  };
}

/** The audit in lines for a person, by who holds the grants. */
export function auditLines(audit: IamAudit, { unused }: { readonly unused: boolean }): string[] {
  const shown = audit.grants.filter(({ use }) => use !== 'apart' && (!unused || use === 'unused'));
  const apart = audit.grants.filter(({ use }) => use === 'apart');
  const users = [...new Set(shown.map(({ user }) => user))];
  const width = Math.max(0, ...shown.map(({ action }) => action.length));
  return [
    ...users.flatMap((user) => [
      user,
      ...shown
        .filter((grant) => grant.user === user)
        .map(({ action, resource, use }) => {
          const mark = use === 'unknown' ? '' : `${use.padEnd(6)}  `;
          return `  ${mark}${action.padEnd(width)}  ${shortened(resource)}`;
        }),
      '',
    ]),
    summary(audit),
    `Apart: ${apart.length} for X-Ray, log delivery, encryption and the web app’s bucket, which nothing on this machine asks for.`,
  ];
}

function useOf(
  { role, action, resource, checked }: Grant,
  wasUsed: ReturnType<typeof readUsage>,
): AuditedGrant['use'] {
  if (!checked) return 'apart';
  if (wasUsed === undefined) return 'unknown';
  return wasUsed({ role, action, resource }) ? 'used' : 'unused';
}

function summary({ recorded, unused, grants }: IamAudit): string {
  const checked = grants.filter(({ use }) => use !== 'apart').length;
  if (!recorded) return `${checked} grants. There is no record of their use; npm test makes one.`;
  return `${checked} grants, ${unused === 0 ? 'all used' : `${unused} of them never used`}.`;
}

/** An ARN without partition, region and account, which are the same for all. */
function shortened(resource: string): string {
  return /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(.+)$/.exec(resource)?.[1] ?? resource;
}
