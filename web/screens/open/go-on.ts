// Where somebody goes who has just signed in.
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Answer } from '../../api/client.ts';
import { welcome } from '../../api/me.ts';

/** @param path of this installation, as the server gave it */
export function useGoOn(): (path: string) => void {
  const navigate = useNavigate();
  return useCallback(
    (path) => {
      welcome();
      // The API reference is no page of the portal.
      if (path.startsWith('/api/')) window.location.assign(path);
      else void navigate({ href: path, replace: true });
    },
    [navigate],
  );
}

/** Of the answer to a password or a link. */
export function useAfterPassword(): (standing: Answer<'POST /sign-in'>) => void {
  const navigate = useNavigate();
  const goOn = useGoOn();
  return ({ status, next }) => {
    if (status === 'signedIn') goOn(next);
    else void navigate({ to: '/sign-in', search: { step: 'second-factor', next: next === '/' ? undefined : next } });
  };
}
