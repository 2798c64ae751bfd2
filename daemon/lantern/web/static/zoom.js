// The viewer's picture, brought nearer: a double click or tap, the button or z. Its frame then
// scrolls, so fingers, wheel and arrow keys move it as they move any page.

const LEAST = 2; // times as large as the whole picture shows; more where it has the pixels

export class Zoom {
  constructor(frame, picture, button) {
    this.frame = frame;
    this.picture = picture;
    this.button = button;
    frame.addEventListener("dblclick", (event) => this.toggle(event));
    button.addEventListener("click", () => this.toggle());
    button.hidden = false;
  }

  get near() {
    return this.frame.classList.contains("near");
  }

  // Go nearer, to the point of the picture that `at` has under it, or to its middle; or back.
  toggle(at) {
    if (this.near) this.leave();
    else this.approach(at);
  }

  leave() {
    this.frame.classList.remove("near");
    this.picture.style.width = this.picture.style.height = "";
    this.button.ariaPressed = "false";
  }

  approach(at) {
    const { naturalWidth: width, naturalHeight: height } = this.picture;
    if (!width) return;
    const box = this.frame.getBoundingClientRect();
    const [left, top] = at ? this.point(at, box, width, height) : [0.5, 0.5];
    const whole = Math.min(box.width / width, box.height / height);
    const scale = Math.max(LEAST * whole, 1 / devicePixelRatio);
    this.picture.style.width = `${width * scale}px`;
    this.picture.style.height = `${height * scale}px`;
    this.frame.classList.add("near");
    this.button.ariaPressed = "true";
    const x = left * width * scale - box.width / 2;
    const y = top * height * scale - box.height / 2;
    this.frame.scrollTo({ left: x, top: y, behavior: "instant" });
  }

  // Where in the picture (0 to 1, across and down) `at` points, as it is fitted into its box.
  point({ clientX, clientY }, box, width, height) {
    const style = getComputedStyle(this.picture);
    const across = box.width - 2 * parseFloat(style.paddingLeft);
    const down = box.height - 2 * parseFloat(style.paddingTop);
    const scale = Math.min(across / width, down / height);
    const part = (offset, middle, size) => (offset - middle) / (size * scale) + 0.5;
    return [
      part(clientX - box.left, box.width / 2, width),
      part(clientY - box.top, box.height / 2, height),
    ].map((value) => Math.min(Math.max(value, 0), 1));
  }

  // Move what is seen of the picture by a quarter of the frame; arrow keys do.
  pan(right, down) {
    const { clientWidth: width, clientHeight: height } = this.frame;
    this.frame.scrollBy({ left: right * width / 4, top: down * height / 4 });
  }
}
