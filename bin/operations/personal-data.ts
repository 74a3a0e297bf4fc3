import { createPersonalData } from '../../handlers/aws/personal-data';
import { createUsers } from '../../handlers/aws/users';
import { isUserId } from '../../handlers/chat/ids';
import { pagesOf } from '../../handlers/chat/paging';
import { PERSONAL_TABLES, type PersonalTable } from '../../handlers/chat/personal-data/personal-rows';
import { OperatorError } from './operator-error';

/**
 * The one person whom this can mean: the id itself, or whoever goes by this name.
 * @throws OperatorError where nobody does, or more than one
 */
export async function personOf(nameOrId: string): Promise<string> {
  if (isUserId(nameOrId)) return nameOrId;
  const found = await createUsers().named(nameOrId);
  const [one, ...others] = found.map(({ userId }) => userId);
  if (one === undefined)
    throw new OperatorError(
      `Nobody goes by the name ${nameOrId}; whoever has another by now can be asked for by id (u_… or g_…).`,
    );
  if (others.length > 0)
    throw new OperatorError(
      `${found.length} people go by the name ${nameOrId}: say which, by id: ${[one, ...others].join(', ')}.`,
    );
  return one;
}

export type StoredOfPerson = Partial<Readonly<Record<PersonalTable, readonly unknown[]>>>;

/** The rows of each table that are about a person, as they are stored. Reads whole tables. */
export async function storedOf(userId: string): Promise<StoredOfPerson> {
  const personalData = createPersonalData();
  const read = async (table: PersonalTable): Promise<unknown[]> => {
    const rows: unknown[] = [];
    for await (const page of pagesOf((after) => personalData.page(table, userId, after ?? null)))
      rows.push(...page.stored);
    return rows;
  };
  const stored: Partial<Record<PersonalTable, readonly unknown[]>> = {};
  for (const table of PERSONAL_TABLES) stored[table] = await read(table);
  return stored;
}

/** `rows: 2 of Users, 7 of Outbox`. */
export function countsInWords(stored: StoredOfPerson): string {
  const some = Object.entries(stored).flatMap(([table, rows]) =>
    rows.length === 0 ? [] : [`${rows.length} of ${table}`],
  );
  return some.length === 0 ? 'nothing' : `rows: ${some.join(', ')}`;
}
