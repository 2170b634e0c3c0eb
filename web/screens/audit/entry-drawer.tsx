// One entry of the audit: who, what, from where, and what changed.
import { Button, Drawer, Group, Stack, Table, Text, Title, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { isProblem } from '../../api/problem.ts';
import { read } from '../../api/query.ts';
import type { AuditEntry as Entry } from '../../live/audit.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { Facts } from '../../parts/facts.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Empty, Trouble, Waiting } from '../../parts/states.tsx';
import { useTenants } from '../../parts/tenants.tsx';
import { auditWords } from '../../words/audit.ts';
import { commonWords } from '../../words/common.ts';
import { sayExactly } from '../../words/times.ts';
import { changesOf, isHash } from './changes.ts';
import type { AuditSearch } from './filter.ts';

export function EntryDrawer({
  id,
  entry,
  onClose,
  onFilter,
}: {
  /** Null: none is open. */
  readonly id: string | null;
  /** Absent: not among those that were read. */
  readonly entry: Entry | undefined;
  readonly onClose: () => void;
  readonly onFilter: OnFilter;
}) {
  return (
    <Drawer
      opened={id !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={auditWords.entry}
      closeButtonProps={{ 'aria-label': commonWords.close }}
    >
      {entry ? <Detail entry={entry} onFilter={onFilter} /> : id !== null && <Found id={id} onFilter={onFilter} />}
    </Drawer>
  );
}

type OnFilter = (search: AuditSearch) => void;

function Found({ id, onFilter }: { readonly id: string; readonly onFilter: OnFilter }) {
  const found = useQuery({ ...read('GET /audit/{id}', { params: { id } }), staleTime: Number.POSITIVE_INFINITY });
  if (found.data) return <Detail entry={found.data} onFilter={onFilter} />;
  if (!found.error) return <Waiting lines={6} />;
  if (isProblem(found.error) && found.error.status === 404) {
    return <Empty title={auditWords.entryGone}>{auditWords.entryGoneWhat}</Empty>;
  }
  return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
}

function Detail({ entry, onFilter }: { readonly entry: Entry; readonly onFilter: OnFilter }) {
  const { nameOf } = useTenants();
  const { objectType, objectId, objectName } = entry;
  const changes = changesOf(entry.before, entry.after);
  return (
    <Stack>
      <Facts
        facts={[
          [auditWords.at, sayExactly(entry.at)],
          [auditWords.actor, entry.actorName],
          ...(entry.onBehalfOf === null ? [] : [[auditWords.onBehalf, entry.onBehalfOf] as const]),
          [
            auditWords.action,
            <span key="action" className="mono">
              {entry.action}
            </span>,
          ],
          [auditWords.object, `${objectType} ${objectName ?? ''}`],
          ...(objectId === null
            ? []
            : [[auditWords.id, <CopyText key="id" text={objectId} label={auditWords.id} />] as const]),
          [auditWords.tenant, entry.tenantId === null ? auditWords.installation : nameOf(entry.tenantId)],
          [auditWords.address, entry.ip ?? commonWords.unknown],
          ...(entry.requestId === null
            ? []
            : [
                [
                  auditWords.request,
                  <CopyText key="request" text={entry.requestId} label={auditWords.request} />,
                ] as const,
              ]),
        ]}
      />
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={() => onFilter({ actor: entry.actor })}>
          {auditWords.onlyThis.actor}
        </Button>
        <Button size="xs" variant="default" onClick={() => onFilter({ action: entry.action })}>
          {auditWords.onlyThis.action}
        </Button>
        {objectId !== null && (
          <Button size="xs" variant="default" onClick={() => onFilter({ object: `${objectType}:${objectId}` })}>
            {auditWords.onlyThis.object}
          </Button>
        )}
      </Group>
      <div>
        <Title order={3} size="h6" mb="xs">
          {auditWords.changes}
        </Title>
        {changes.length === 0 ? (
          <Text size="sm" c="dimmed">
            {auditWords.nothing}
          </Text>
        ) : (
          <PlainTable
            label={auditWords.changes}
            heads={[auditWords.field, auditWords.before, auditWords.after]}
            minWidth={420}
          >
            {changes.map(({ field, before, after }) => (
              <Table.Tr key={field}>
                <Table.Th scope="row" fw={400} className="mono">
                  {field}
                </Table.Th>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  <Value value={before} />
                </Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  <Value value={after} />
                </Table.Td>
              </Table.Tr>
            ))}
          </PlainTable>
        )}
      </div>
    </Stack>
  );
}

function Value({ value }: { readonly value: unknown }) {
  if (value === undefined || value === null) return auditWords.absent;
  if (isHash(value)) {
    return (
      <Tooltip label={`${auditWords.hashWhy} ${value}`}>
        <Text span size="sm" c="dimmed" tabIndex={0}>
          {`${auditWords.hash} ${String(value).slice(-6)}`}
        </Text>
      </Tooltip>
    );
  }
  if (typeof value === 'boolean') return value ? commonWords.yes : commonWords.no;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
