/** Something that a person has to mend before a synthesis: the message says what and where, one line for each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
  }
}
