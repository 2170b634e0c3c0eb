// Seconds until something may be tried again.
import { useEffect, useState } from 'react';
import { isProblem } from '../../api/problem.ts';

/** @returns how many seconds are left, and what begins to count when an error says how long to wait */
export function useCountdown(): readonly [number, (error: unknown) => void] {
  const [ends, setEnds] = useState<number | null>(null);
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (ends === null) return;
    const tick = () => {
      const seconds = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
      setLeft(seconds);
      if (seconds === 0) setEnds(null);
    };
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [ends]);
  function begin(error: unknown): void {
    if (isProblem(error) && error.status === 429) setEnds(Date.now() + (error.retryAfterSeconds ?? 30) * 1000);
  }
  return [left, begin];
}
