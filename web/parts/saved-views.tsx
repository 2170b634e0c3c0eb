// Saved views: a name for the filters and the order of a list. Kept by the server for the member, so they are on every machine.
import { ActionIcon, Button, Modal, Popover, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, call } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { queryClient, read } from '../api/query.ts';
import { commonWords } from '../words/common.ts';
import { DialogFoot } from './dialog-foot.tsx';
import classes from './saved-views.module.css';
import { Trouble } from './states.tsx';
import { tell, tellProblem } from './toast.ts';

type View = Answer<'GET /me/views'>['views'][number];

const viewsQuery = read('GET /me/views');

interface SavedViewsProps {
  readonly screen: View['screen'];
  /** Of the address as it is now, without `view`. */
  readonly search: Readonly<Record<string, string | undefined>>;
  readonly onOpen: (search: Record<string, string>) => void;
}

export function SavedViews({ screen, search, onOpen }: SavedViewsProps) {
  const [isOpen, setOpen] = useState(false);
  const [isNaming, setNaming] = useState(false);
  const all = useQuery({ ...viewsQuery, enabled: isOpen || isNaming });
  const views = all.data?.views.filter((view) => view.screen === screen) ?? [];
  const now = textOf(search);
  async function remove(view: View): Promise<void> {
    try {
      await changeViews((before) => before.filter(({ id }) => id !== view.id));
      tell(commonWords.viewRemoved(view.name));
    } catch (error) {
      tellProblem(error);
    }
  }
  return (
    <>
      <Popover position="bottom-end" opened={isOpen} onChange={setOpen} trapFocus returnFocus withinPortal width={280}>
        <Popover.Target>
          <Button
            variant="default"
            size="sm"
            leftSection={<IconBookmark size={16} aria-hidden />}
            onClick={() => setOpen(!isOpen)}
          >
            {commonWords.views}
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label={commonWords.views}>
          <Stack gap="xs">
            {all.error !== null && <Trouble error={all.error} onRetry={() => void all.refetch()} />}
            {all.data && views.length === 0 && (
              <Text size="sm" c="dimmed">
                {commonWords.noViews}
              </Text>
            )}
            {views.length > 0 && (
              <ul className={classes.list} aria-label={commonWords.views}>
                {views.map((view) => (
                  <li key={view.id} className={classes.view}>
                    <UnstyledButton
                      className={classes.open}
                      aria-current={view.search === now}
                      onClick={() => {
                        setOpen(false);
                        onOpen(Object.fromEntries(new URLSearchParams(view.search)));
                      }}
                    >
                      {view.name}
                    </UnstyledButton>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={commonWords.removeView(view.name)}
                      onClick={() => void remove(view)}
                    >
                      <IconTrash size={16} />
                    </ActionIcon>
                  </li>
                ))}
              </ul>
            )}
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                setOpen(false);
                setNaming(true);
              }}
            >
              {commonWords.saveView}
            </Button>
          </Stack>
        </Popover.Dropdown>
      </Popover>
      {isNaming && <NameView screen={screen} search={now} onClose={() => setNaming(false)} />}
    </>
  );
}

function NameView({
  screen,
  search,
  onClose,
}: {
  readonly screen: View['screen'];
  readonly search: string;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  async function save(): Promise<void> {
    setBusy(true);
    setError(null);
    const view: View = { id: newId(), screen, name: name.trim(), search };
    try {
      // The same name again is the same view, changed.
      await changeViews((before) => [
        ...before.filter((each) => each.screen !== screen || each.name !== view.name),
        view,
      ]);
      tell(commonWords.viewSaved(view.name));
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={commonWords.saveView}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      centered
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Stack>
          <Text size="sm">{commonWords.saveViewWhat}</Text>
          <TextInput
            label={commonWords.viewName}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={100}
            data-autofocus
          />
          <DialogFoot
            error={error}
            onCancel={onClose}
            isBusy={isBusy}
            disabled={name.trim() === ''}
            deed={commonWords.save}
          />
        </Stack>
      </form>
    </Modal>
  );
}

/** Also where the page came by plain http, which has no randomUUID. */
const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const textOf = (search: Readonly<Record<string, string | undefined>>): string =>
  new URLSearchParams(Object.entries(search).filter((pair): pair is [string, string] => !!pair[1])).toString();

/** All are saved at once: somebody else's window may have been quicker, then once more on top of what it saved. */
async function changeViews(change: (views: readonly View[]) => View[], again = true): Promise<void> {
  const before = await queryClient.fetchQuery({ ...viewsQuery, staleTime: 0 });
  try {
    const after = await call('PUT /me/views', { body: { views: change(before.views) }, ifMatch: before });
    queryClient.setQueryData(viewsQuery.queryKey, after);
  } catch (error) {
    if (!again || !isProblem(error) || error.status !== 412) throw error;
    await changeViews(change, false);
  }
}
