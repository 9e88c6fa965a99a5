import { DownloadError } from '../download/errors.ts';
import { RuntimeError } from '../runtime/errors.ts';

/** The classes of errors that cross between the threads besides SyncError. */
export const LOCAL_ERRORS = { DownloadError, RuntimeError };
