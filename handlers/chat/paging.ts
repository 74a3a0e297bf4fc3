/**
 * Reads something page by page, and no further than its pages are asked for.
 * @param read gives the page after a place, the first one without a place; `next` is null on the last page
 */
export async function* pagesOf<Page extends { readonly next: string | null }>(
  read: (after?: string) => Promise<Page>,
): AsyncGenerator<Page, void> {
  let after: string | undefined;
  do {
    const page = await read(after);
    yield page;
    after = page.next ?? undefined;
  } while (after !== undefined);
}
