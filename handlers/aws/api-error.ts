/** An answer of an AWS service other than the one hoped for, or none. `name` is its code, e.g. `ThrottlingException`. */
export class ApiError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    /** undefined where there was no answer */
    readonly status: number | undefined,
    /** What the answer held besides. */
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
