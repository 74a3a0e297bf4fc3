/** Why the server does not want somebody back, in words, by the name in its `bye`. */
const FAREWELLS: Readonly<Record<string, string>> = {
  signed_out: 'you have signed out',
  banned: 'you may not come in',
  erased: 'your account was deleted',
};

/** Why one cannot come in as things are; whoever is refused so may still be somebody whom the server wants. */
const REFUSALS: Readonly<Record<string, string>> = {
  unauthorized: 'the server does not take your sign-in',
  permission_denied: 'this page may not connect',
};

/** Whether the server said that a person must sign in again. */
export function isSignedOff(name: string): boolean {
  return Object.hasOwn(FAREWELLS, name);
}

export function farewell(name: string): string {
  return FAREWELLS[name] ?? REFUSALS[name] ?? name;
}
