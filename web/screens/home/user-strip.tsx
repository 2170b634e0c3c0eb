// All users by status: one bar, and a number for each, which leads to the list of them.
import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Dot } from '../../parts/status-chip.tsx';
import { homeWords } from '../../words/home.ts';
import { type ProvisioningStatus, provisioningWords } from '../../words/statuses.ts';
import { Card } from './card.tsx';
import classes from './home.module.css';
import type { Overview, Part } from './part.ts';

type Counts = NonNullable<Overview['users']>;

const STATUSES = Object.keys(provisioningWords) as ProvisioningStatus[];
/** What is well first, so that the bar fills from the left. */
const IN_BAR: readonly ProvisioningStatus[] = ['provisioned', 'stale', 'fetching', 'waiting', 'failed', 'off'];

export function UserStrip({ part }: { readonly part: Part<Counts | null> }) {
  return (
    <Card
      title={homeWords.users}
      part={part}
      more={(users) =>
        users && (
          <Link to="/users" className={classes.link}>
            {homeWords.allUsers(users.total)}
          </Link>
        )
      }
    >
      {(users) => users && <Strip users={users} />}
    </Card>
  );
}

function Strip({ users }: { readonly users: Counts }) {
  return (
    <>
      <div className={classes.bar} aria-hidden>
        {IN_BAR.filter((status) => users[status] > 0).map((status) => (
          <span key={status} style={{ flexGrow: users[status], background: `var(${provisioningWords[status].dot})` }} />
        ))}
      </div>
      <ul className={classes.tiles}>
        {STATUSES.map((status) => (
          <li key={status}>
            <Link to="/users" search={{ status }} className={classes.tile}>
              <Text size="xl" fw={700} lh={1.2}>
                {users[status].toLocaleString('en')}
              </Text>
              <Dot word={provisioningWords[status].word} dot={provisioningWords[status].dot} />
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
