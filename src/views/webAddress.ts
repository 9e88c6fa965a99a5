/** Whether a text is an address of the web. */
export function isWebAddress(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}

/**
 * An address, or a key of a source that holds one, without a name and a password in it: they are
 * never sent, and would be stored and shown wherever the address is.
 */
export function withoutLogin(address: string): string {
  return address.replace(/(?<=:\/\/)[^/?#]*@/, '');
}
