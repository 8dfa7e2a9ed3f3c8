internal static class Bench
{
    public static int Run()
    {
        return 0;
    }
}
