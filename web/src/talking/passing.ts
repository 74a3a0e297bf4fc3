import { useEffect, useState } from 'react';

/** After so long without scrolling it is over. */
const STILL_MS = 150;

/** While rows pass below a pointer that rests, none of them is the one that it points at: that would draw each anew. */
class Passing {
  #still: ReturnType<typeof setTimeout> | undefined;

  scrolled(scroller: HTMLElement): void {
    clearTimeout(this.#still);
    scroller.classList.add('messages-passing');
    this.#still = setTimeout(() => scroller.classList.remove('messages-passing'), STILL_MS);
  }

  close(): void {
    clearTimeout(this.#still);
  }
}

/** To be told of each scrolling of a list. */
export function usePassing(): Passing {
  const [passing] = useState(() => new Passing());
  useEffect(() => () => passing.close(), [passing]);
  return passing;
}
