import { isObject, type Json } from '../json/json';
import { ACCOUNT } from '../template/resource-model';

/** Whom a statement of a resource's policy is about. */
export interface Principals {
  /**
   * Whether it is about this role or service. The account as a principal leaves it to the policies of roles what they
   * may do: it denies them, and allows nothing by itself.
   */
  match(principal: string, effect: 'Allow' | 'Deny'): boolean;
}

/**
 * The `Principal` of a statement: `*`, services, roles, or the account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 * @throws Error for other kinds, e.g. Federated
 */
export function parsePrincipals(principal: Json | undefined): Principals {
  if (principal === '*') return { match: () => true };
  if (!isObject(principal)) throw new Error('Principal must be "*" or an object');
  const services = texts(principal['Service']);
  const accounts = texts(principal['AWS']);
  const other = Object.keys(principal).find((kind) => kind !== 'Service' && kind !== 'AWS');
  if (other !== undefined) throw new Error(`the principal type ${other} is not modelled`);
  const everybody = accounts.includes('*');
  const account = accounts.some((name) => name === ACCOUNT || name === `arn:aws:iam::${ACCOUNT}:root`);
  return {
    match: (name, effect) => {
      if (everybody || services.includes(name) || accounts.includes(name)) return true;
      return account && effect === 'Deny' && name.startsWith('arn:');
    },
  };
}

function texts(value: Json | undefined): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((name) => {
    if (typeof name === 'string') return name;
    throw new Error('a Principal must be text');
  });
}
