// What a link carries behind its #, where no log of a server sees it.
import { useLayoutEffect, useState } from 'react';

/** `#token=abc` and `#abc` give `abc`. */
function readToken(): string | null {
  const fragment = window.location.hash.slice(1);
  const token = new URLSearchParams(fragment).get('token') ?? (fragment.includes('=') ? '' : fragment);
  return token === '' ? null : token;
}

/** The token of the link; it is gone from the address, and from the history of the browser, before anything is shown. */
export function useLinkToken(): string | null {
  const [token] = useState(readToken);
  useLayoutEffect(() => {
    if (window.location.hash === '') return;
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  }, []);
  return token;
}
