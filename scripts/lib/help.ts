/** Says how a command is used, and ends the program, if that is what was asked for. */
export function helpFirst(usage: string): void {
  if (!process.argv.slice(2).some((word) => word === '--help' || word === '-h')) return;
  console.log(usage);
  process.exit(0);
}
