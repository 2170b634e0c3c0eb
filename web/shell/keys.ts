// Keys that work on every screen: Ctrl-K, /, ?, and g with the letter of a place. Keys of rows are in parts/data-table.tsx.
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { PLACES } from './places.ts';

const GO_WITHIN_MS = 1_500;

/** Where letters are text. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export function useKeys({ onPalette, onHelp }: { readonly onPalette: () => void; readonly onHelp: () => void }): void {
  const navigate = useNavigate();
  // Beyond the renders: between g and its letter anything may be drawn again.
  const goSince = useRef(Number.NEGATIVE_INFINITY);
  const deeds = useRef({ onPalette, onHelp });
  deeds.current = { onPalette, onHelp };
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        deeds.current.onPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role=dialog]')) return;
      if (event.timeStamp - goSince.current < GO_WITHIN_MS) {
        goSince.current = Number.NEGATIVE_INFINITY;
        const place = PLACES.find(({ key }) => key === event.key);
        if (place) {
          event.preventDefault();
          void navigate({ to: place.path });
        }
        return;
      }
      if (event.key === 'g') goSince.current = event.timeStamp;
      else if (event.key === '?') deeds.current.onHelp();
      else if (event.key === '/') {
        const filter = document.querySelector<HTMLElement>('[data-filter]');
        if (!filter) return;
        event.preventDefault();
        filter.focus();
      } else if ((event.key === 'j' || event.key === 'k') && !event.defaultPrevented) {
        const row = document.querySelector<HTMLElement>('[data-table] [data-index][tabindex="0"]');
        if (row && !row.contains(document.activeElement)) {
          event.preventDefault();
          row.focus();
        }
      }
    }
    // Before the rows: the letter after g is a place, not a key of the row.
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [navigate]);
}
