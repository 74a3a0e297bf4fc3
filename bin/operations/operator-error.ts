/** What an operator can mend: printed as one line, without a stack. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
