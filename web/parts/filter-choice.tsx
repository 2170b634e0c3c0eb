// A filter of a list: a button that says what is chosen, and what can be chosen below it; one or several. Those with much to
// choose from can be searched, here or by whoever knows them all.
import { Button, CheckIcon, Combobox, Group, Text, useCombobox } from '@mantine/core';
import { IconChevronDown, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { commonWords } from '../words/common.ts';
import classes from './filter-choice.module.css';

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** A few words more, smaller. */
  readonly hint?: string;
}

interface FilterChoiceProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  /** Several separated by commas; undefined: all. */
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
  readonly several?: boolean;
  /** What the values are called that are not among the choices of now. */
  readonly nameOf?: (value: string) => string | undefined;
  /** Absent: what is typed is looked for among the choices. */
  readonly onSearch?: (text: string) => void;
  readonly onOpen?: () => void;
  readonly isLoading?: boolean;
}

/** From so many on they can be searched. */
const MANY = 8;

export function FilterChoice(props: FilterChoiceProps) {
  const { label, choices, value, onChange, several = false, nameOf, onSearch, onOpen, isLoading = false } = props;
  const [text, setText] = useState('');
  const combobox = useCombobox({
    onDropdownOpen: () => {
      onOpen?.();
      if (searches) combobox.focusSearchInput();
    },
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      setText('');
      onSearch?.('');
      // From the search field back to where one came from.
      if (searches) combobox.focusTarget();
    },
  });
  const searches = onSearch !== undefined || choices.length > MANY;
  const chosen = value === undefined ? [] : value.split(',');
  const said = chosen.map((each) => choices.find((choice) => choice.value === each)?.label ?? nameOf?.(each) ?? each);
  const needle = text.trim().toLowerCase();
  const shown = onSearch
    ? choices
    : choices.filter((choice) => `${choice.label} ${choice.hint ?? ''}`.toLowerCase().includes(needle));

  function choose(option: string): void {
    if (!several) {
      onChange(chosen.includes(option) ? undefined : option);
      combobox.closeDropdown();
      return;
    }
    const next = chosen.includes(option) ? chosen.filter((each) => each !== option) : [...chosen, option];
    onChange(next.length === 0 ? undefined : next.join(','));
  }

  return (
    <Combobox store={combobox} onOptionSubmit={choose} width={280} position="bottom-start" withinPortal>
      <Group gap={0} wrap="nowrap">
        <Combobox.Target targetType="button" withAriaAttributes>
          <Button
            variant="default"
            size="sm"
            className={classes.button}
            data-chosen={chosen.length > 0 || undefined}
            rightSection={<IconChevronDown size={14} aria-hidden />}
            onClick={() => combobox.toggleDropdown()}
          >
            <Text span size="sm" truncate maw={220}>
              {said.length === 0 ? label : `${label}: ${said.join(', ')}`}
            </Text>
          </Button>
        </Combobox.Target>
        {chosen.length > 0 && (
          <Button
            variant="default"
            size="sm"
            px={6}
            className={classes.clear}
            aria-label={commonWords.clearOne(label)}
            onClick={() => onChange(undefined)}
          >
            <IconX size={14} aria-hidden />
          </Button>
        )}
      </Group>
      <Combobox.Dropdown>
        {searches && (
          <Combobox.Search
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              onSearch?.(event.currentTarget.value);
              combobox.resetSelectedOption();
            }}
            placeholder={commonWords.searchChoices}
            aria-label={commonWords.searchIn(label)}
          />
        )}
        <Combobox.Options aria-label={label} className={classes.options}>
          {shown.map((choice) => (
            <Combobox.Option key={choice.value} value={choice.value} active={chosen.includes(choice.value)}>
              <Group gap="xs" wrap="nowrap">
                <CheckIcon size={12} className={classes.check} data-chosen={chosen.includes(choice.value)} />
                <div className={classes.name}>
                  <Text size="sm">{choice.label}</Text>
                  {choice.hint && (
                    <Text size="xs" c="dimmed">
                      {choice.hint}
                    </Text>
                  )}
                </div>
              </Group>
            </Combobox.Option>
          ))}
          {shown.length === 0 && (
            <Combobox.Empty>{isLoading ? `${commonWords.loading} …` : commonWords.nothingToChoose}</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
