import { gzipSync } from 'node:zlib';

/** The JavaScript that the page and its static imports name, as gzip at its default level sends it, in bytes. */
export async function firstLoadBytes(origin: string): Promise<number> {
  const html = await (await fetch(`${origin}/`)).text();
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, file]) => file ?? '');
  if (files.length === 0) throw new Error('The page names no script');
  const sizes = await Promise.all(
    files.map(async (file) => {
      const response = await fetch(origin + file);
      if (!response.ok) throw new Error(`${file} answers ${response.status}`);
      return gzipSync(await response.arrayBuffer()).length;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
