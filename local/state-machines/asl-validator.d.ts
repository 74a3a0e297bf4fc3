declare module 'asl-validator' {
  /** Checks a definition against the schema of the Amazon States Language. Writes into `definition`. */
  function validate(
    definition: unknown,
    options?: { checkPaths: boolean; checkArn: boolean },
  ): { isValid: boolean; errors: unknown[]; errorsText: (separator?: string) => string };
  export = validate;
}
