import { ServiceError } from '../service';

/**
 * The Query protocol has other codes for some errors than the JSON protocols, e.g. `NotFound` for
 * NotFoundException. SQS says them in JSON too, in the header `x-amzn-query-error`.
 * Source: the `error.code` and `awsQueryError` traits of the SQS and SNS API models.
 */
export function queryErrorCode(service: string, error: ServiceError): string {
  const known = service === 'sqs' ? SQS[error.code] : SNS[error.code];
  return known ?? COMMON[error.code] ?? error.code;
}

/** Whose fault it was, as both forms say it. */
export function faultOf(error: ServiceError): 'Sender' | 'Receiver' {
  return error.status >= 500 ? 'Receiver' : 'Sender';
}

const COMMON: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  UnknownOperationException: 'InvalidAction',
  ValidationException: 'ValidationError',
};

const SQS: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  PurgeQueueInProgress: 'AWS.SimpleQueueService.PurgeQueueInProgress',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

const SNS: Readonly<Record<string, string>> = {
  NotFoundException: 'NotFound',
  InvalidParameterException: 'InvalidParameter',
  InvalidParameterValueException: 'ParameterValueInvalid',
  InternalErrorException: 'InternalError',
  AuthorizationErrorException: 'AuthorizationError',
  AccessDeniedException: 'AuthorizationError',
  ValidationException: 'InvalidParameter',
  BatchEntryIdsNotDistinctException: 'BatchEntryIdsNotDistinct',
  BatchRequestTooLongException: 'BatchRequestTooLong',
  EmptyBatchRequestException: 'EmptyBatchRequest',
  InvalidBatchEntryIdException: 'InvalidBatchEntryId',
  TooManyEntriesInBatchRequestException: 'TooManyEntriesInBatchRequest',
};
