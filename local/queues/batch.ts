import type { Json, JsonObject } from '../json/json';
import { objects, requiredText } from '../json/members';
import { ServiceError } from '../service';

/**
 * Runs one of SQS's batch actions: an error of one entry fails that entry alone.
 * SNS's PublishBatch is the same with other names.
 * @throws EmptyBatchRequest, TooManyEntriesInBatchRequest (more than 10), InvalidBatchEntryId,
 *   BatchEntryIdsNotDistinct, and what `check` throws for the batch as a whole
 */
export function forEachEntry(
  input: JsonObject,
  run: (entry: JsonObject) => JsonObject,
  check: (entries: readonly JsonObject[]) => void = () => undefined,
  names: { readonly entryList: string; readonly errorSuffix: string } = {
    entryList: 'Entries',
    errorSuffix: '',
  },
): JsonObject {
  const { entryList, errorSuffix } = names;
  const entries = objects(input, entryList);
  if (entries.length === 0) {
    throw new ServiceError(
      `EmptyBatchRequest${errorSuffix}`,
      'There should be at least one entry in the request.',
    );
  }
  if (entries.length > 10) {
    throw new ServiceError(
      `TooManyEntriesInBatchRequest${errorSuffix}`,
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  }
  const ids = entries.map((entry) => requiredText(entry, 'Id'));
  if (!ids.every((id) => /^[\w-]{1,80}$/.test(id))) {
    throw new ServiceError(
      `InvalidBatchEntryId${errorSuffix}`,
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  if (new Set(ids).size < ids.length) {
    throw new ServiceError(
      `BatchEntryIdsNotDistinct${errorSuffix}`,
      'Two or more batch entries have the same Id.',
    );
  }
  check(entries);
  const successful: Json[] = [];
  const failed: Json[] = [];
  for (const [index, entry] of entries.entries()) {
    const id = ids[index] ?? '';
    try {
      successful.push({ Id: id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      failed.push({ Id: id, SenderFault: error.status < 500, Code: error.code, Message: error.message });
    }
  }
  return { Successful: successful, Failed: failed };
}
