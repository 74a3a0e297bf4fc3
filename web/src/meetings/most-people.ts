/** In one call everybody sends to everybody: with more people that is more than a laptop and its line can do. */
export const MOST_PEOPLE = 6;
