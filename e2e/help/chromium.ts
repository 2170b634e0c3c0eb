// Debian's Chromium, or the one that CHROMIUM names: one for the whole run, in which each portal has contexts of its own.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserServer, chromium } from 'playwright-core';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the run's Chromium is controlled. */
    readonly chromiumUrl: string;
  }
}

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @throws when there is none, with what to do */
export function launchChromium(): Promise<BrowserServer> {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(
      'No Chromium is found. Install it (apt-get install chromium), or say where it is with CHROMIUM=/path.',
    );
  }
  return chromium.launchServer({
    host: '127.0.0.1',
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Closing it closes its contexts; Chromium goes on for the other files. */
export function connectChromium(): Promise<Browser> {
  return chromium.connect(inject('chromiumUrl'));
}
