/** Failed calls of the system in words. */

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'expected a file, found a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EMFILE: 'too many open files',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  EFBIG: 'the file would be larger than this process may write',
  ENAMETOOLONG: 'the name is too long',
  EPERM: 'not permitted',
  EDQUOT: 'no space left for this user',
};

/** The reason of a failed system call. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
