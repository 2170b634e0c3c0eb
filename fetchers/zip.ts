// A zip file as an archive: listed at once, unpacked file by file when asked for. Nothing is written to the disk, links in
// it are not followed, and what it says of sizes is held against what comes out.
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { ARCHIVE_LIMITS, type ArchiveFile, type ReadArchive, shown } from './archive.ts';
import { FETCH_LIMITS, RATIO_FREE_BYTES } from './limits.ts';

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;

/** @param name as people call the file; it is only shown */
export async function readZip(name: string, bytes: Uint8Array): Promise<ReadArchive> {
  const files: ArchiveFile[] = [];
  let total = 0;
  try {
    const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      lazyEntries: true,
      autoClose: false,
    });
    if (zip.entryCount > ARCHIVE_LIMITS.files) return tooLarge(`it holds more than ${ARCHIVE_LIMITS.files} files`);
    for await (const entry of zip.eachEntry()) {
      if (files.length >= ARCHIVE_LIMITS.files) return tooLarge(`it holds more than ${ARCHIVE_LIMITS.files} files`);
      total += entry.uncompressedSize;
      if (isFile(entry)) files.push(fileOf(zip, entry));
    }
  } catch (error) {
    const { message } = error as Error;
    // yauzl refuses such names itself: `..`, absolute paths, drive letters.
    if (/invalid (?:relative|absolute) path|absolute path|invalid characters/i.test(message)) {
      return {
        ok: false,
        code: 'ARCHIVE_PATH',
        message: `The zip file names a file outside of itself (${shown(message.replace(/^.*?: /, ''))}). Pack it again.`,
      };
    }
    return {
      ok: false,
      code: 'ARCHIVE_UNREADABLE',
      message: 'This is no zip file, or it is damaged. Pack the configuration files again.',
    };
  }
  if (total > ARCHIVE_LIMITS.bytes) return tooLarge('its files are larger than 1 GiB, unpacked');
  if (total > RATIO_FREE_BYTES && total > bytes.length * FETCH_LIMITS.ratio) {
    return tooLarge('it would grow more than a hundredfold when unpacked');
  }
  return { ok: true, archive: { name, files } };
}

function tooLarge(why: string): ReadArchive {
  return {
    ok: false,
    code: 'ARCHIVE_TOO_LARGE',
    message: `The zip file is not read: ${why}. Pack the phones' configuration files only.`,
  };
}

/** Neither directory nor link nor device. Zip files of DOS and Windows say nothing of the kind: 0. */
function isFile(entry: Entry): boolean {
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  return !entry.fileName.endsWith('/') && (type === 0 || type === REGULAR);
}

function fileOf(zip: ZipFile, entry: Entry): ArchiveFile {
  const size = entry.uncompressedSize;
  const grows = size > RATIO_FREE_BYTES && size > entry.compressedSize * FETCH_LIMITS.ratio;
  return {
    path: entry.fileName,
    size,
    refusal: entry.isEncrypted()
      ? 'is encrypted: pack it without a password'
      : !entry.canDecodeFileData()
        ? 'is packed by a method that is not known: pack it as usual (deflate)'
        : grows
          ? 'would grow more than a hundredfold when unpacked'
          : null,
    async read() {
      const stream = await zip.openReadStreamPromise(entry);
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
  };
}
