// The time of the feed: quick choices, from … to …, or a moment at which the list begins.
import { Button, Menu, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconChevronDown, IconClock } from '@tabler/icons-react';
import { useState } from 'react';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { activityWords } from '../../words/activity.ts';
import { commonWords } from '../../words/common.ts';
import { sayExactly } from '../../words/times.ts';
import { type ActivitySearch, isRange, RANGES, type Range } from './filter.ts';

type Time = Pick<ActivitySearch, 'from' | 'to'>;

interface TimeFilterProps extends Time {
  readonly onChange: (time: Time) => void;
}

export function TimeFilter({ from, to, onChange }: TimeFilterProps) {
  const [isOwn, setOwn] = useState(false);
  return (
    <>
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <Button
            variant="default"
            size="sm"
            leftSection={<IconClock size={14} aria-hidden />}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            <Text span size="sm" truncate maw={260}>
              {`${activityWords.time}: ${sayTime({ from, to })}`}
            </Text>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onChange({ from: undefined, to: undefined })}>{activityWords.anyTime}</Menu.Item>
          {(Object.keys(RANGES) as Range[]).map((range) => (
            <Menu.Item key={range} onClick={() => onChange({ from: range, to: undefined })}>
              {activityWords.ranges[range]}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setOwn(true)}>{activityWords.ownRange}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isOwn && (
        <OwnTime
          from={from}
          to={to}
          onClose={() => setOwn(false)}
          onChange={(time) => {
            setOwn(false);
            onChange(time);
          }}
        />
      )}
    </>
  );
}

function OwnTime({ from, to, onChange, onClose }: TimeFilterProps & { readonly onClose: () => void }) {
  const [begin, setBegin] = useState(toLocal(from));
  const [end, setEnd] = useState(toLocal(to));
  return (
    <Modal
      opened
      onClose={onClose}
      title={activityWords.time}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      centered
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onChange({ from: fromLocal(begin), to: fromLocal(end) });
        }}
      >
        <Stack>
          <TextInput
            type="datetime-local"
            label={activityWords.from}
            value={begin}
            onChange={(event) => setBegin(event.currentTarget.value)}
            data-autofocus
          />
          <TextInput
            type="datetime-local"
            label={activityWords.to}
            description={activityWords.jump}
            value={end}
            onChange={(event) => setEnd(event.currentTarget.value)}
          />
          <DialogFoot onCancel={onClose} deed={activityWords.apply} />
        </Stack>
      </form>
    </Modal>
  );
}

function sayTime({ from, to }: Time): string {
  if (from === undefined && to === undefined) return activityWords.anyTime;
  if (isRange(from) && to === undefined) return activityWords.ranges[from];
  return activityWords.sayRange(sayMoment(from), sayMoment(to));
}

function sayMoment(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (isRange(text)) return activityWords.ranges[text];
  return Number.isNaN(Date.parse(text)) ? text : sayExactly(text);
}

/** As the field wants it: `2026-03-01T10:30`, in the zone of whoever looks. */
function toLocal(text: string | undefined): string {
  const time = Date.parse(text ?? '');
  if (Number.isNaN(time)) return '';
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function fromLocal(text: string): string | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
