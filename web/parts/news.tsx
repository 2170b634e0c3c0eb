// A list with the button that counts what is new. At the very top, with neither pointer nor focus in the list and nothing opened,
// nobody is disturbed by what is new: then it is shown at once.
import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { commonWords } from '../words/common.ts';
import classes from './news.module.css';
import type { NewsList } from './news-list.ts';

export function News({
  list: { news, showNews },
  isOpen,
  hidden,
  children,
}: {
  readonly list: Pick<NewsList<never>, 'news' | 'showNews'>;
  /** One of the rows is opened beside the list. */
  readonly isOpen: boolean;
  readonly hidden?: boolean;
  /** The table. */
  readonly children: ReactNode;
}) {
  const whole = useRef<HTMLDivElement>(null);
  const newest = useRef(showNews);
  newest.current = showNews;
  useEffect(() => {
    const element = whole.current;
    if (news === 0 || isOpen || element === null || document.hidden) return;
    const top = element.querySelector('[data-table]')?.scrollTop ?? 0;
    if (top > 0 || element.matches(':hover') || element.contains(document.activeElement)) return;
    newest.current();
  }, [news, isOpen]);
  return (
    <div ref={whole} className={classes.frame} hidden={hidden}>
      <div className={classes.news} role="status">
        {news > 0 && (
          <Button size="compact-sm" radius="xl" onClick={showNews}>
            {commonWords.newOnes(news)}
          </Button>
        )}
      </div>
      {children}
    </div>
  );
}
