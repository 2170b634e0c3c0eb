// What is typed into a filter, which the address has a moment later.
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';

/** @param text of the address; when it changes by itself (back, a link) the field follows */
export function useTypedSearch(
  text: string | undefined,
  change: (text: string | undefined) => void,
): readonly [string, (typed: string) => void] {
  const [typed, setTyped] = useState(text ?? '');
  const sent = useRef(text ?? '');
  const send = useDebouncedCallback((value: string) => {
    sent.current = value;
    change(value === '' ? undefined : value);
  }, 250);
  useEffect(() => {
    if ((text ?? '') === sent.current) return;
    sent.current = text ?? '';
    setTyped(text ?? '');
  }, [text]);
  return [
    typed,
    (value) => {
      setTyped(value);
      send(value);
    },
  ];
}
