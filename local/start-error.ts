/** Something that the person who starts the runtime can mend. The message is one line, and all they need to see. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
