/** Why the server does not want somebody back, in words, by the name in its `bye`. */
const FAREWELLS: Readonly<Record<string, string>> = {
  signed_out: 'you have signed out',
  banned: 'you may not come back',
  erased: 'your account was deleted',
};

/** Whether the server said that a person must sign in again. */
export function isSignedOff(name: string): boolean {
  return Object.hasOwn(FAREWELLS, name);
}

export function farewell(name: string): string {
  return FAREWELLS[name] ?? name;
}
