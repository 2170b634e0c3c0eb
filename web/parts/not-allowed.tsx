// A whole screen that one's role does not show: which right is missing, and who can give it.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Action } from '../../src/roles.ts';
import { useMay } from '../api/me.ts';
import { roleWords } from '../words/roles.ts';
import { shellWords } from '../words/shell.ts';
import { PageHead } from './page-head.tsx';
import { Empty } from './states.tsx';

/** Shows its children to those who may; to others, under the same heading, why there is nothing. */
export function OnlyFor({
  action,
  title,
  children,
}: {
  readonly action: Action;
  readonly title: string;
  readonly children: ReactNode;
}) {
  const { allowed, why } = useMay(action);
  if (allowed) return children;
  return (
    <>
      <PageHead title={title} />
      <Empty
        title={roleWords.missing(action)}
        action={
          <Button variant="default" renderRoot={(props) => <Link to="/" {...props} />}>
            {shellWords.toHome}
          </Button>
        }
      >
        {why}
      </Empty>
    </>
  );
}
