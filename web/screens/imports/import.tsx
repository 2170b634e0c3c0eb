// An upload from the check to the undo: which step it is at, and how far the running job came. The address names the step.
import { Alert, Anchor, Group, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMay } from '../../api/me.ts';
import { read } from '../../api/query.ts';
import { importQuery, useImportProgress } from '../../live/import-progress.ts';
import { Ago } from '../../parts/ago.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { importWords } from '../../words/imports.ts';
import { CheckStep } from './check-step.tsx';
import { type Import, ImportState, isOpen } from './import-state.tsx';
import { ResultStep } from './result-step.tsx';
import { isStep, type Step, Steps } from './steps.tsx';
import { SubmitStep } from './submit-step.tsx';

const route = getRouteApi('/shell/imports/$id');

export function ImportScreen() {
  const { id } = route.useParams();
  const found = useQuery(importQuery(id));
  if (!found.data) {
    return (
      <>
        <PageHead title={importWords.upload(null)} trail={[[importWords.title, '/imports']]} />
        {found.error ? <Trouble error={found.error} onRetry={() => void found.refetch()} /> : <Waiting />}
      </>
    );
  }
  return <Opened import={found.data} />;
}

function Opened({ import: upload }: { readonly import: Import }) {
  const { step } = route.useSearch();
  const navigate = route.useNavigate();
  const isLive = useImportProgress(upload.id, upload.job !== null);
  // With one PBX its admin may; without, whoever may upload anywhere: the API knows the rest.
  const { why } = useMay(
    'import.change',
    upload.pbxId === null ? undefined : { tenantId: upload.tenantId, pbxId: upload.pbxId },
  );
  const reached = reachedStep(upload);
  const at = upload.job === null ? (isStep(step) && mayLook(step, upload) ? step : reached) : runningStep(upload);
  const go = (to: Step) => void navigate({ search: { step: to }, resetScroll: false });
  return (
    <>
      <PageHead
        title={importWords.upload(upload.fileName)}
        trail={[[importWords.title, '/imports']]}
        about={
          <Group gap="md">
            <ImportState import={upload} />
            <span>
              {upload.createdBy} {'· '}
              <Ago time={upload.createdAt} />
            </span>
          </Group>
        }
      />
      <Steps step={at} reached={isOpen(upload) && upload.state === 'ready' ? 'submit' : reached} onStep={go} />
      {!isLive && (
        <Alert color="yellow" mb="md">
          {importWords.submit.reconnecting}
        </Alert>
      )}
      {at === 'file' && <ChosenRules import={upload} />}
      {at === 'columns' && <ReadColumns import={upload} />}
      {at === 'check' && <CheckStep import={upload} mayNot={why} onNext={() => go('submit')} />}
      {at === 'submit' && (
        <SubmitStep
          import={upload}
          mayNot={why}
          onBack={() => go('check')}
          // What was made so far, or the rows.
          onCancelled={() => void navigate({ search: {} })}
        />
      )}
      {at === 'result' && <ResultStep import={upload} mayNot={why} onGoOn={() => go('check')} />}
    </>
  );
}

function runningStep({ job }: Import): Step {
  return job === 'check' ? 'check' : job === 'submit' ? 'submit' : 'result';
}

function reachedStep(upload: Import): Step {
  return upload.submittedAt === null ? 'check' : 'result';
}

function mayLook(step: Step, upload: Import): boolean {
  if (step === 'submit') return isOpen(upload);
  return step !== 'result' || upload.submittedAt !== null;
}

/** What the upload says once for all rows. */
function ChosenRules({ import: upload }: { readonly import: Import }) {
  const words = importWords.choose;
  const pbx = useQuery({ ...read('GET /pbxs/{id}', { params: { id: upload.pbxId } }), enabled: upload.pbxId !== null });
  const voiceRoute = useQuery({
    ...read('GET /voice-routes/{id}', { params: { id: upload.voiceRouteId } }),
    enabled: upload.voiceRouteId !== null,
  });
  const tenant = useQuery(read('GET /tenants/{id}', { params: { id: upload.tenantId } }));
  const facts: readonly (readonly [string, string])[] = [
    [words.file, upload.fileName ?? importWords.noName],
    [words.encoding, upload.encoding.toUpperCase()],
    [words.delimiter, words.delimiters[upload.delimiter as keyof typeof words.delimiters] ?? upload.delimiter],
    [words.tenant, tenant.data?.name ?? '…'],
    [words.pbx, upload.pbxId === null ? words.pbxNone : (pbx.data?.name ?? '…')],
    [words.route, upload.voiceRouteId === null ? words.routeNone : (voiceRoute.data?.name ?? '…')],
    [words.type, words.types[upload.userType]],
    [words.existing, words.existings[upload.existing][0]],
    [words.missing, upload.createMissing ? importWords.yes : importWords.no],
  ];
  return <Facts facts={facts} label={importWords.goneFile} />;
}

function ReadColumns({ import: upload }: { readonly import: Import }) {
  const words = importWords.columns;
  const facts = upload.columns.map(({ header, column }): readonly [string, string] => [
    header || words.noName,
    column === null ? words.leftOut : (words.names[column as keyof typeof words.names] ?? column),
  ]);
  return (
    <Stack>
      <Text size="sm">
        {`${words.asSent} `}
        <Anchor
          size="sm"
          renderRoot={(props) => (
            <Link to="/imports/new" search={{ tenant: upload.tenantId, pbx: upload.pbxId ?? undefined }} {...props} />
          )}
        >
          {importWords.newOne}
        </Anchor>
      </Text>
      <Facts facts={facts} label={importWords.steps.columns[0]} />
    </Stack>
  );
}

function Facts({ facts, label }: { readonly facts: readonly (readonly [string, string])[]; readonly label: string }) {
  return (
    <Table maw={640} aria-label={label}>
      <Table.Tbody>
        {facts.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={500} w="45%" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
