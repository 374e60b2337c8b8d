/**
 * The objects of one kind by uid, as the API server last reported them.
 *
 * While objects are listed anew the earlier ones stay; they are replaced all at once when the list is complete. What is
 * reported again unchanged is kept as it was, so that a second list of the same objects needs little memory.
 *
 * @module
 */

/** The least that is known of an object. */
export interface Stored {
  /** What it is known by. */
  readonly uid: string;
}

/** Objects of one kind. */
export interface Store<T extends Stored> {
  /** The present objects. */
  readonly objects: ReadonlyMap<string, T>;
  /** Begins a list; one that was not completed is forgotten. */
  beginList(): void;
  /** An object of the list. */
  list(object: T): void;
  /** The list is complete: the objects in it are the present ones. */
  completeList(): void;
  /** An object is new or changed. */
  put(object: T): void;
  /** An object is gone. */
  remove(object: T): void;
}

/** A store that is empty; `isSame` tells whether two objects of one uid say the same. */
export function createStore<T extends Stored>(isSame: (one: T, other: T) => boolean): Store<T> {
  let objects = new Map<string, T>();
  let listed = new Map<string, T>();
  return {
    get objects(): ReadonlyMap<string, T> {
      return objects;
    },
    beginList: () => {
      listed = new Map();
    },
    list: (object) => {
      const known = objects.get(object.uid);
      listed.set(object.uid, known !== undefined && isSame(known, object) ? known : object);
    },
    completeList: () => {
      objects = listed;
      listed = new Map();
    },
    put: (object) => {
      objects.set(object.uid, object);
    },
    remove: ({ uid }) => {
      objects.delete(uid);
    },
  };
}
