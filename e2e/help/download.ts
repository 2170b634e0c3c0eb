// What a page gave to be kept.
import type { Download } from 'playwright-core';

/** The browser keeps it elsewhere: it is asked for the bytes. */
export async function textOf(download: Download): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
