# frozen_string_literal: true

module Sock
  # What a socket shares with IO: reading by lines and blocks through a buffer, and writing. Each method does what IO's
  # does, under the limits of the socket; when one passes, what was received stays in the buffer for the next call.
  module Buffering
    include Enumerable

    # Reads `length` bytes, or everything up to the end of the stream.
    def read(length = nil, into = nil)
      if length.nil?
        reclaim
        ends = limit_end
        nil while fill(ends)
        return give(buffer.slice!(0, buffer.bytesize), into).force_encoding(external)
      end
      raise ArgumentError, "negative length #{length} given" if length.negative?

      reclaim
      return read_datagram(length, into) if buffer.empty? && length.positive? && socktype != Constants::SOCK_STREAM

      fill_to(length, false)
      data = take(length)
      return data && give(data, into) if data || length.zero?

      into&.replace("")
      nil
    end

    # Reads what is there, up to `length` bytes; waits only if there is nothing. Raises EOFError at the end.
    def readpartial(length, into = nil)
      part(length, into) || raise(EOFError, "end of file reached")
    end

    # Reads what is there; raises IO::WaitReadable if there is nothing, or returns :wait_readable.
    def read_nonblock(length, into = nil, exception: true)
      raise ArgumentError, "negative length #{length} given" if length.negative?

      reclaim
      data = buffer.empty? && length.positive? ? recv_once(length, 0, into, false) : give(take(length) || "", into)
      return would_block(:wait_readable, "read would block", exception) unless data
      return data unless data.empty? && length.positive?

      exception ? raise(EOFError, "end of file reached") : nil
    end

    # Reads without the buffer.
    def sysread(length, into = nil)
      reclaim
      raise IOError, "sysread for buffered IO" unless buffer.empty?

      part(length, into) || raise(EOFError, "end of file reached")
    end

    # Reads a line with its separator; nil at the end of the stream. Arguments as of IO#gets.
    def gets(*arguments, chomp: false)
      if arguments.empty? && $/ == "\n"
        reclaim
        line = take_line&.force_encoding(external)
        line.chomp! if chomp && line
      else
        line = read_line(*line_arguments(arguments), chomp)
      end
      @lineno = lineno + 1 if line
      line
    end

    def readline(*arguments, **options) = gets(*arguments, **options) || raise(EOFError, "end of file reached")

    def each_line(*arguments, **options)
      return to_enum(:each_line, *arguments, **options) unless block_given?
      raise ArgumentError, "invalid limit: 0 for each_line" if line_arguments(arguments)[1]&.zero?

      while (line = gets(*arguments, **options))
        yield line
      end
      self
    end
    alias each each_line

    def readlines(*arguments, **options)
      raise ArgumentError, "invalid limit: 0 for readlines" if line_arguments(arguments)[1]&.zero?

      each_line(*arguments, **options).to_a
    end

    def getbyte = read(1)&.getbyte(0)
    def readbyte = getbyte || raise(EOFError, "end of file reached")

    def each_byte
      return to_enum(:each_byte) unless block_given?

      while (byte = getbyte)
        yield byte
      end
      self
    end

    def getc
      return unless (first = read(1))

      char = first.force_encoding(external)
      char << read(1).force_encoding(external) until char.valid_encoding? || char.bytesize >= 4 || eof?
      char
    end

    def readchar = getc || raise(EOFError, "end of file reached")

    def each_char
      return to_enum(:each_char) unless block_given?

      while (char = getc)
        yield char
      end
      self
    end

    # Puts bytes back in front of the buffer.
    def ungetbyte(bytes)
      reclaim
      bytes = [bytes & 0xff].pack("C") if bytes.is_a?(Integer)
      buffer.prepend(bytes.b) if bytes
      nil
    end

    def ungetc(char) = ungetbyte(char.is_a?(Integer) ? char.chr(external) : char)

    # Whether the stream has ended; waits until that is known.
    def eof?
      reclaim
      buffer.empty? && !fill(true)
    end
    alias eof eof?

    # Bytes that were received and not read, which poll(2) does not see.
    def pending_bytes
      reclaim
      buffer.bytesize
    end

    # Sends all of the arguments; returns how many bytes that were.
    def write(*data)
      raise IOError, "not opened for writing" if @no_write
      return send_all(data[0].to_s) if data.size == 1

      send_all(data.map { |each| each.to_s.b }.join)
    end

    def syswrite(data)
      raise IOError, "not opened for writing" if @no_write

      send_once(data.to_s, 0)
    end

    def write_nonblock(data, exception: true)
      raise IOError, "not opened for writing" if @no_write

      send_once(data.to_s, Constants::MSG_DONTWAIT)
    rescue IO::EAGAINWaitWritable
      would_block(:wait_writable, "write would block", exception)
    end

    def <<(data)
      write(data)
      self
    end

    def print(*data)
      data = [$_] if data.empty?
      write(data.join($, || "") + ($\ || ""))
      nil
    end

    def printf(format, *arguments)
      write(Kernel.format(format, *arguments))
      nil
    end

    def putc(char)
      write(char.is_a?(String) ? char[0] : [char.to_i & 0xff].pack("C"))
      char
    end

    def puts(*data)
      text = StringIO.new("".b)
      text.puts(*data)
      write(text.string)
      nil
    end

    # Data is sent at once, as by Ruby's sockets: there is nothing to flush.
    def flush = self
    def fsync = 0
    def sync = true

    def sync=(flag)
      flag
    end

    def lineno = @lineno || 0

    def lineno=(number)
      @lineno = Integer(number)
    end

    def tty? = false
    alias isatty tty?
    def binmode = self
    def binmode? = true
    def external_encoding = @external
    def internal_encoding = nil

    # The encoding of the lines; binary unless set. Nothing is transcoded.
    def set_encoding(encoding, *)
      @external = encoding && Encoding.find(encoding.to_s[/\A(?:BOM\|)?([^:]+)/i, 1])
      self
    end

    private

    def external = @external || Encoding::BINARY

    # The first `length` bytes of the buffer; nil if it is empty and some were wanted.
    def take(length)
      return if buffer.empty? && length.positive?

      buffer.slice!(0, length)
    end

    def give(data, into)
      into ? into.replace(data) : data
    end

    # One datagram, cut to `length`; what does not fit is lost, as with Ruby's sockets.
    def read_datagram(length, into)
      data = recv_once(length, 0, into, true)
      data unless data.empty?
    end

    def part(length, into)
      raise ArgumentError, "negative length #{length} given" if length.negative?

      reclaim
      return give("".b, into) if length.zero?
      return give(take(length), into) unless buffer.empty?

      data = recv_once(length, 0, into, true)
      data unless data.empty?
    end

    def would_block(symbol, text, exception)
      return symbol unless exception

      raise symbol == :wait_readable ? IO::EAGAINWaitReadable : IO::EAGAINWaitWritable, text
    end

    # [separator, limit] of IO#gets: (separator, limit), (separator), (limit) or nothing.
    def line_arguments(arguments)
      raise ArgumentError, "wrong number of arguments (given #{arguments.size}, expected 0..2)" if arguments.size > 2
      return [arguments[0]&.to_str, arguments[1]&.to_int] if arguments.size == 2
      return [$/, nil] if arguments.empty?

      separator = String.try_convert(arguments[0])
      return [separator, nil] if separator || arguments[0].nil?

      [$/, arguments[0].to_int]
    end

    def read_line(separator, limit, chomp)
      reclaim
      return "".dup.force_encoding(external) if limit&.zero?

      limit = nil if limit&.negative?
      mark = separator == "" ? "\n\n" : separator
      mark = mark.b unless mark.nil? || mark.ascii_only?
      skip_newlines if separator == ""
      length = line_length(mark, limit)
      return if length.zero?

      line = buffer.slice!(0, length).force_encoding(external)
      line << buffer.slice!(0, 1).force_encoding(external) while limit && cut_character?(line)
      skip_newlines(wait: false) if separator == ""
      return line unless chomp && mark

      line.chomp(separator == "" ? "" : separator)
    end

    # How many bytes the line has: up to the mark, the limit or the end of the stream.
    def line_length(mark, limit)
      from = 0
      ends = limit_end
      loop do
        at = mark && buffer.index(mark, from)
        length = at && at + mark.bytesize
        return limit if limit && (length || buffer.bytesize) >= limit
        return length if length

        from = [buffer.bytesize - (mark ? mark.bytesize - 1 : 0), 0].max
        return buffer.bytesize unless fill(ends)
      end
    end

    # Whether the limit has cut the last character of a line in two.
    def cut_character?(line)
      return false if line.valid_encoding? || (buffer.empty? && !fill(true))

      tail = line.byteslice([line.bytesize - 3, 0].max, 3)
      (1..3).any? do |count|
        rest = buffer.byteslice(0, count)
        !tail.empty? && (1..tail.bytesize).any? do |used|
          char = (tail.byteslice(-used, used).b + rest.b).force_encoding(line.encoding)
          char.valid_encoding? && char.size == 1
        end
      end
    end

    def skip_newlines(wait: true)
      loop do
        buffer.slice!(0, 1) while buffer.start_with?("\n")
        return unless buffer.empty? && wait && fill(true)
      end
    end
  end
end
