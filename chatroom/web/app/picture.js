/** Pictures of people are squares of at most this many pixels a side. */
const SIDE = 512;

/**
 * Returns the largest square in the middle of a picture, as a file.
 * @param {Blob} file
 * @returns {Promise<File>}
 */
export async function squareOf(file) {
  const picture = await createImageBitmap(file);
  const length = Math.min(picture.width, picture.height);
  const side = Math.min(length, SIDE);
  const canvas = new OffscreenCanvas(side, side);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, (picture.width - length) / 2, (picture.height - length) / 2, length, length, 0, 0, side, side);
  picture.close();
  const isPhoto = file.type === 'image/jpeg';
  const blob = await canvas.convertToBlob({ type: isPhoto ? 'image/jpeg' : 'image/png', quality: 0.9 });
  return new File([blob], isPhoto ? 'avatar.jpg' : 'avatar.png', { type: blob.type });
}
