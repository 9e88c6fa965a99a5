/** Loaded where a file has to come from Xet storage only. The name is not public: pin the version. */
export { __internal_XetBlob as XetBlob } from '@huggingface/hub';
