// Where the demo's picture goes: drawn over itself on a terminal, told line by line otherwise.
import type { Io } from '../commands/command.ts';
import { clock, countText, type Paint, PICTURE, painter, picture, type Snapshot } from './view.ts';

export interface Screen {
  readonly paint: Paint;
  show(snapshot: Snapshot): void;
  /** A line that stays. */
  say(text: string): void;
  /** Ends the drawing; what is said after it comes below. */
  end(): void;
}

/** NO_COLOR and FORCE_COLOR are looked at by Node itself. */
function hasColours(io: Io): boolean {
  const stream = io.stdout as Io['stdout'] & { hasColors?: () => boolean };
  return stream.isTTY === true && stream.hasColors?.() === true;
}

/** A picture that does not fit cannot be drawn over itself: then it is told. */
export function openScreen(io: Io): Screen {
  const { isTTY, columns = 0, rows = 0 } = io.stdout as Io['stdout'] & { readonly rows?: number };
  return isTTY === true && columns > PICTURE.columns && rows > PICTURE.rows ? new Drawn(io) : new Told(io);
}

class Drawn implements Screen {
  readonly paint: Paint;
  readonly #io: Io;
  #lines = 0;

  constructor(io: Io) {
    this.#io = io;
    this.paint = painter(hasColours(io));
  }

  show(snapshot: Snapshot): void {
    const lines = picture(snapshot, this.paint);
    const up = this.#lines > 0 ? `\x1b[${this.#lines}A` : '\n\x1b[?25l';
    this.#io.stdout.write(`${up}${lines.map((line) => `\r\x1b[K${line}\n`).join('')}`);
    this.#lines = lines.length;
  }

  say(text: string): void {
    // Before the picture is drawn for the first time everything is said; afterwards the picture says it.
    if (this.#lines === 0) this.#io.stdout.write(`${text}\n`);
  }

  end(): void {
    if (this.#lines > 0) this.#io.stdout.write('\x1b[?25h');
    this.#lines = 0;
  }
}

class Told implements Screen {
  readonly paint = painter(false);
  readonly #io: Io;
  readonly #told = new Map<string, string>();

  constructor(io: Io) {
    this.#io = io;
  }

  show(snapshot: Snapshot): void {
    for (const pbx of snapshot.pbxs) {
      const counts = countText(pbx.users);
      if (counts === '' || this.#told.get(pbx.name) === counts) continue;
      this.#told.set(pbx.name, counts);
      this.#io.stdout.write(`${clock(snapshot.seconds).padStart(5)}  ${pbx.name}: ${counts}\n`);
    }
    if (this.#told.get('now') === snapshot.now) return;
    this.#told.set('now', snapshot.now);
    this.#io.stdout.write(`${clock(snapshot.seconds).padStart(5)}  ${snapshot.now}\n`);
  }

  say(text: string): void {
    this.#io.stdout.write(`${text}\n`);
  }

  end(): void {
    this.#told.clear();
  }
}
