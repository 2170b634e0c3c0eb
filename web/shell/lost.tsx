// Pages for when there is no page: an address that leads nowhere, and a screen that broke.
import { Button } from '@mantine/core';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { isProblem } from '../api/problem.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Trouble } from '../parts/states.tsx';
import { shellWords } from '../words/shell.ts';

/** Also what belongs to another tenant: the two are not told apart. */
export function NotFound() {
  return (
    <>
      <PageHead title={shellWords.notFound} />
      <Empty
        title={shellWords.notFound}
        action={
          <Button variant="default" renderRoot={(props) => <Link to="/" {...props} />}>
            {shellWords.toHome}
          </Button>
        }
      >
        {shellWords.notFoundWhat}
      </Empty>
    </>
  );
}

export function Broken({ error, reset }: ErrorComponentProps) {
  if (isProblem(error) && error.status === 404) return <NotFound />;
  return (
    <>
      <PageHead title={shellWords.brokenScreen} />
      <Trouble error={error} onRetry={reset} />
    </>
  );
}
