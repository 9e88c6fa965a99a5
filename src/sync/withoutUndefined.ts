type WithoutUndefined<T> = {
  [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key];
} & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** The same object without the properties whose value is undefined. */
export function withoutUndefined<T extends object>(value: T): WithoutUndefined<T> {
  const known = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(known) as WithoutUndefined<T>;
}
