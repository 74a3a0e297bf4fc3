import { pagesOf } from '../../handlers/chat/paging';

describe('pages', () => {
  const book = () => {
    const read: (string | undefined)[] = [];
    const pages = pagesOf((after?: string) => {
      read.push(after);
      const page = Number(after ?? 0) + 1;
      return Promise.resolve({ page, next: page === 3 ? null : String(page) });
    });
    return { read, pages };
  };

  it('are read to the last one, each after the one before', async () => {
    const { read, pages } = book();
    const seen: number[] = [];
    for await (const { page } of pages) seen.push(page);
    expect([seen, read]).toEqual([
      [1, 2, 3],
      [undefined, '1', '2'],
    ]);
  });

  it('are read no further than somebody looks, because each costs a read', async () => {
    const { read, pages } = book();
    for await (const { page } of pages) if (page === 2) break;
    expect(read).toEqual([undefined, '1']);
  });
});
