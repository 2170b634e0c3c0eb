// A button for what needs a right: without it, it is there, greyed out, and says why.
import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import type { MouseEventHandler, ReactNode } from 'react';

interface MayButtonProps extends ButtonProps {
  /** Null: it may be done. */
  readonly why: string | null;
  readonly onClick?: MouseEventHandler<HTMLButtonElement>;
  readonly type?: 'button' | 'submit';
  readonly children: ReactNode;
}

export function MayButton({ why, onClick, children, ...rest }: MayButtonProps) {
  if (why === null) {
    return (
      <Button {...rest} {...(onClick && { onClick })}>
        {children}
      </Button>
    );
  }
  // Not `disabled`: who comes by keyboard could not read why.
  return (
    <Tooltip label={why}>
      <Button {...rest} type="button" aria-disabled data-disabled onClick={(event) => event.preventDefault()}>
        {children}
      </Button>
    </Tooltip>
  );
}
