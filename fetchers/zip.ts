// A zip file as an archive: listed at once, unpacked file by file when asked for. Nothing is written to the disk, links in
// it are not followed, and what it says of sizes is held against what comes out.
import { crc32, inflateRawSync } from 'node:zlib';
import { type Entry, fromBufferPromise } from 'yauzl';
import { ARCHIVE_LIMITS, type ArchiveFile, type ReadArchive, shown } from './archive.ts';
import { FETCH_LIMITS, RATIO_FREE_BYTES } from './limits.ts';

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;

/** What stands before a file's data: signature, and the lengths of the name and extra field that follow these bytes. */
const LOCAL_HEADER = { bytes: 30, signature: 0x04034b50, nameLengthAt: 26, extraLengthAt: 28 } as const;
const STORED = 0;

/** @param name as people call the file; it is only shown */
export async function readZip(name: string, bytes: Uint8Array): Promise<ReadArchive> {
  const files: ArchiveFile[] = [];
  let total = 0;
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const zip = await fromBufferPromise(whole, {
      lazyEntries: true,
      autoClose: false,
    });
    if (zip.entryCount > ARCHIVE_LIMITS.files) return tooLarge(`it holds more than ${ARCHIVE_LIMITS.files} files`);
    for await (const entry of zip.eachEntry()) {
      if (files.length >= ARCHIVE_LIMITS.files) return tooLarge(`it holds more than ${ARCHIVE_LIMITS.files} files`);
      total += entry.uncompressedSize;
      if (isFile(entry)) files.push(fileOf(whole, entry));
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

/** Keeps what is needed of an entry, which itself is ten times as large. */
function fileOf(zip: Buffer, entry: Entry): ArchiveFile {
  const {
    fileName: path,
    uncompressedSize: size,
    compressedSize,
    compressionMethod,
    relativeOffsetOfLocalHeader,
  } = entry;
  const place: Place = { at: relativeOffsetOfLocalHeader, compressedSize, size, crc: entry.crc32 };
  const grows = size > RATIO_FREE_BYTES && size > compressedSize * FETCH_LIMITS.ratio;
  return {
    path,
    size,
    refusal: entry.isEncrypted()
      ? 'is encrypted: pack it without a password'
      : !entry.canDecodeFileData()
        ? 'is packed by a method that is not known: pack it as usual (deflate)'
        : grows
          ? 'would grow more than a hundredfold when unpacked'
          : null,
    read: async () => unpack(zip, place, compressionMethod === STORED),
  };
}

interface Place {
  /** Of the local header. */
  readonly at: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc: number;
}

/**
 * At once: a phone's file takes some 30 µs, a stream for each of a hundred thousand ten times that.
 * @throws when it is damaged, or is not as large as the zip file says
 */
function unpack(zip: Buffer, { at, compressedSize, size, crc }: Place, stored: boolean): Buffer {
  if (zip.readUInt32LE(at) !== LOCAL_HEADER.signature) throw new Error('no file begins there');
  const { bytes, nameLengthAt, extraLengthAt } = LOCAL_HEADER;
  const from = at + bytes + zip.readUInt16LE(at + nameLengthAt) + zip.readUInt16LE(at + extraLengthAt);
  const packed = zip.subarray(from, from + compressedSize);
  const file = stored ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  if (file.length !== size || crc32(file) !== crc) throw new Error('it is not what was packed');
  return file;
}
